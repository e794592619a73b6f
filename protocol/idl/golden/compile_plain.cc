// Structs alone, without JSON: another Sampler than the one of the tests, so it is not linked.
#include "plain/Sampler.h"
