#include "files/file_input.h"
