#ifndef CALCULATE_H
#define CALCULATE_H

#include <stddef.h>

enum kind { END, NUMBER, NAME, OPERATOR, OPEN, CLOSE, BAD };

struct token {
	enum kind kind;
	const char *at;
	size_t length;
	double value;
};

struct stack {
	double *values;
	size_t length, room;
};

struct token next_token(const char **text);
int read_number(const char **text, double *value);
int find_symbol(const char *name, size_t length, double *value);
int is_blank(char c);
int is_letter(char c);
int is_digit(char c);
int push(struct stack *s, double value);
int pop(struct stack *s, double *value);
void release(struct stack *s);
int evaluate(const char *text, double *value);
void print_number(double value);
void complain(const char *what, const char *where);

#endif
