/* The installed C header fits the installed library. */
#include "mpcrt/mpcrt.h"

int main(void) { return mpcrt_version() != MPCRT_ABI_VERSION; }
