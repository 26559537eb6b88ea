# A program of another machine than the tool's: 32-bit x86, without any
# library, ends with status 7.
	.globl	_start
_start:	movl	$1, %eax	# exit
	movl	$7, %ebx
	int	$0x80
	.section .note.GNU-stack,"",@progbits
