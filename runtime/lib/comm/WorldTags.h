//===- WorldTags.h - The tags that a world uses itself ----------*- C++ -*-===//
#ifndef MPCRT_COMM_WORLDTAGS_H
#define MPCRT_COMM_WORLDTAGS_H

#include <cstdint>

namespace mpcrt {

enum WorldTag : int32_t { NoticeTag, MeetingTag, FirstFreeTag };

} // namespace mpcrt

#endif // MPCRT_COMM_WORLDTAGS_H
