#include "cli/amounts.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace retort {
namespace {

TEST(SizeValue, UnitsArePowersOf1024) {
  const std::vector<std::pair<std::string, uint64_t>> sizes = {{"0", 0},
                                                               {"7", 7},
                                                               {"7B", 7},
                                                               {"1K", 1024},
                                                               {"1KB", 1024},
                                                               {"1KiB", 1024},
                                                               {"500M", 524288000},
                                                               {"1M", 1048576},
                                                               {"10G", 10737418240},
                                                               {"1.5T", 1649267441664},
                                                               {"1MiB", 1048576},
                                                               {"1GiB", 1073741824},
                                                               {"1TB", 1099511627776},
                                                               {"0.5K", 512}};
  for (const auto& [text, bytes] : sizes) EXPECT_EQ(size_value(text), bytes) << text;
}

TEST(SizeValue, OtherTextsAreRefused) {
  for (const char* text : {"", "K", "1X", "1 K", "-1K", "1k", "nan", "inf", "1KK"})
    EXPECT_THROW(size_value(text), Error) << text;
}

TEST(TimeValue, UnitsAreSecondsToWeeks) {
  const std::vector<std::pair<std::string, int64_t>> times = {{"0", 0},        {"90s", 90},   {"15min", 900},
                                                              {"12h", 43200},  {"1d", 86400}, {"30d", 2592000},
                                                              {"2w", 1209600}, {"1.5h", 5400}};
  for (const auto& [text, seconds] : times) EXPECT_EQ(time_value(text).count(), seconds) << text;
}

TEST(TimeValue, OtherTextsAreRefused) {
  for (const char* text : {"", "5", "h", "1m", "-1h", "1 h", "1y"}) EXPECT_THROW(time_value(text), Error) << text;
}

}  // namespace
}  // namespace retort
