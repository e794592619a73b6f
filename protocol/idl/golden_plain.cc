// Compiles a golden header that no test can include: it defines Sampler a second time.
#include "protocol/idl/golden/plain/Sampler.h"
