// A 32-bit program that does nothing: it is looked at before it begins.
int main(void)
{
	return 0;
}
