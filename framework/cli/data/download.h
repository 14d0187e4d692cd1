#pragma once
// Files of data sets from the network, by curl: limited in size and protocols, checked before they count as there.
#include <filesystem>
#include <string>

#include "cli/data/data_set.h"

namespace retort {

/// Downloads to `to`; a download that was cut off goes on where it was. Throws Error(data) if not all of it comes or if
/// it is not what `source` says, Error(user) for a protocol that does not show who the server is.
void download(const std::string& url, const std::filesystem::path& to, const DataSource& source);

/// Throws Error(data) and says what the file is if its SHA-256 is another; of an empty one nothing is checked.
void check_digest(const std::filesystem::path& file, const std::string& expected);

}  // namespace retort
