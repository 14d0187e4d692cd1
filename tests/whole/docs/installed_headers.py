"""What plugins elsewhere may include is installed: every header of the SDK, of core and of the libraries of plugins/, and all that those include.
usage: installed_headers.py PREFIX SOURCE
"""
import pathlib
import re
import sys

prefix, source = (pathlib.Path(word) for word in sys.argv[1:3])
installed = prefix / "include" / "retort"
roots = {"sdk": source / "framework", "core": source / "framework"}
headers = [path for room in roots for path in (source / "framework" / room).rglob("*.h")]
headers += (source / "plugins" / "lib").rglob("*.h")
missing = []
for header in headers:
    name = header.relative_to(source / "framework" if source / "framework" in header.parents else source / "plugins" / "lib")
    if not (installed / name).is_file():
        missing.append(f"{name} is not installed")
        continue
    for included in re.findall(r'^#include "([a-z_]+/[^"]+)"', header.read_text(), re.M):
        if not (installed / included).is_file():
            missing.append(f"{name} includes {included}, which is not installed")
if missing or not headers:
    sys.exit("\n".join(missing) or "no header found")
print(f"{len(headers)} headers installed")
