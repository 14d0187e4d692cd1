#pragma once
// Archives of data sets, unpacked: files and folders only, whoever unpacks them.
#include <filesystem>
#include <string>

namespace retort {

/// Unpacks into the folder `to`, which is there. `format`: "tar", "tar.gz", "zip", or "" for a file that is used as it
/// is. Nothing of an archive that holds links, devices, pipes or sockets is unpacked; no file gets an owner or a
/// set-user or set-group bit from it. Throws Error(data), and says what the file is if it is no such archive.
void unpack_archive(const std::filesystem::path& archive, const std::string& format, const std::filesystem::path& to);

}  // namespace retort
