/* A program that needs what it is linked with, whether it uses it or not. */
int main(void) { return 0; }
