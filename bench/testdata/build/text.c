#include "calculate.h"
#include <ctype.h>

int is_blank(char c) { return isspace((unsigned char)c) != 0; }
int is_letter(char c) { return isalpha((unsigned char)c) != 0; }
int is_digit(char c) { return isdigit((unsigned char)c) != 0; }
