# Where the ABI tests look at calls. Calls go to abi_call instead of to the
# function in abi_target: at abi_entry all is as the function finds it, at abi_return
# as it has left it. abi_list is a function that is passed a va_list.
	.globl	abi_call, abi_entry, abi_return, abi_list, abi_target
	.text
	.type	abi_call, @function
abi_call:
abi_entry:
	nop
#ifdef __x86_64__
	popq	caller(%rip)
	call	*abi_target(%rip)
abi_return:
	nop
	jmp	*caller(%rip)
#else
#ifdef __MMX__
	emms				# what is passed in mm0 has been seen
#endif
	popl	caller
	call	*abi_target
abi_return:
	nop
#ifdef __MMX__
	cmpb	$0, abi_mmx
	je	1f
	emms
1:
#endif
	jmp	*caller
#endif
	.size	abi_call, . - abi_call
	.type	abi_list, @function
abi_list:
	nop
	ret
	.size	abi_list, . - abi_list

	.local	caller
	.comm	caller, 8, 8
	.comm	abi_target, 8, 8
	.comm	abi_mmx, 1, 1
	.section .note.GNU-stack, "", @progbits
