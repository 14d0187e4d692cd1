// Numbers, times and names as people read them.

function duration(seconds) {
  if (!(seconds > 0)) return '0 s';
  if (seconds < 0.01) return (seconds * 1000).toFixed(1) + ' ms';
  if (seconds < 10) return seconds.toFixed(seconds < 1 ? 2 : 1) + ' s';
  if (seconds < 60) return Math.round(seconds) + ' s';
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return minutes + ' min ' + String(Math.floor(seconds % 60)).padStart(2, '0') + ' s';
  return Math.floor(minutes / 60) + ' h ' + String(minutes % 60).padStart(2, '0') + ' min';
}

function moment(seconds) {
  if (!seconds) return '';
  const time = new Date(seconds * 1000), two = (n) => String(n).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ` +
    `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

function bytes(count) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  for (; count >= 1024 && unit < 4; ++unit) count /= 1024;
  return (unit ? count.toFixed(1) : count) + ' ' + units[unit];
}

function plural(count, one, more) { return count.toLocaleString('en') + ' ' + (count === 1 ? one : more || one + 's'); }

/// A word for a shell: names of multiplied nodes hold braces.
function shellWord(word) {
  return /^[\w@%+:,./-]+$/.test(word) ? word : "'" + word.replaceAll("'", "'\\''") + "'";
}

/// Decimals that show `smallest` with two digits; at most six.
function decimalsFor(smallest) {
  if (!(smallest > 0) || !isFinite(smallest)) return 0;
  return Math.max(0, Math.min(6, 1 - Math.floor(Math.log10(smallest))));
}

/// Short, for axes and legends.
function short(value) {
  if (value === null || value === undefined) return '';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(2).replace('e+', 'e');
  return String(Number(value.toPrecision(4)));
}
