#pragma once

namespace toy {
inline constexpr int kFactor = 2;
}
