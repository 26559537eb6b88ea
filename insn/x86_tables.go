package insn

// The tables say what follows an opcode byte, one letter per opcode, one row
// per high nibble (Intel SDM volume 2, appendix A; AMD APM volume 3, appendix
// A):
//
//	.  nothing
//	M  ModRM
//	m  ModRM, imm8
//	Z  ModRM, imm16 or imm32 by operand size
//	3  ModRM, imm8 where its reg field is 0 or 1 (test)
//	4  ModRM, imm16 or imm32 by operand size where its reg field is 0 or 1
//	r  ModRM that names registers whatever its mod field says
//	q  ModRM, two imm8 under a prefix 66 or F2 (SSE4a extrq, insertq)
//	b  imm8
//	w  imm16
//	e  imm16, imm8
//	f  a far address: imm16 or imm32 by operand size, then imm16
//	z  imm16 or imm32 by operand size
//	v  imm16, imm32 or imm64 by operand size
//	o  an address, by address size
//	j  rel8
//	J  rel32, or in 32-bit code rel16 by operand size
//	x  not an instruction
//	P  a prefix or escape, dealt with before
const (
	x86Map0 = "" +
		"MMMMbzxxMMMMbzxP" + // 00
		"MMMMbzxxMMMMbzxx" + // 10
		"MMMMbzPxMMMMbzPx" + // 20
		"MMMMbzPxMMMMbzPx" + // 30
		"PPPPPPPPPPPPPPPP" + // 40: REX
		"................" + // 50
		"xxPMPPPPzZbm...." + // 60
		"jjjjjjjjjjjjjjjj" + // 70
		"mZxmMMMMMMMMMMMM" + // 80
		"..........x....." + // 90
		"oooo....bz......" + // A0
		"bbbbbbbbvvvvvvvv" + // B0
		"mmw.PPmZe.w..bx." + // C0
		"MMMMxxx.MMMMMMMM" + // D0
		"jjjjbbbbJJxj...." + // E0
		"P.PP..34......MM" //   F0

	// x86Map0In32 is the one-byte map of 32-bit code.
	x86Map0In32 = "" +
		"MMMMbz..MMMMbz.P" + // 00
		"MMMMbz..MMMMbz.." + // 10
		"MMMMbzP.MMMMbzP." + // 20
		"MMMMbzP.MMMMbzP." + // 30
		"................" + // 40: inc, dec
		"................" + // 50
		"..MMPPPPzZbm...." + // 60: 62 is EVEX where it names registers
		"jjjjjjjjjjjjjjjj" + // 70
		"mZmmMMMMMMMMMMMM" + // 80
		"..........f....." + // 90
		"oooo....bz......" + // A0
		"bbbbbbbbvvvvvvvv" + // B0
		"mmw.MMmZe.w..b.." + // C0: C4 and C5 are VEX where they name registers
		"MMMMbb..MMMMMMMM" + // D0
		"jjjjbbbbJJfj...." + // E0
		"P.PP..34......MM" //   F0

	x86Map0F = "" +
		"MMMMx.....x.xMxx" + // 00
		"MMMMMMMMMMMMMMMM" + // 10
		"rrrrxxxxMMMMMMMM" + // 20
		"......x.PxPxxxxx" + // 30
		"MMMMMMMMMMMMMMMM" + // 40
		"MMMMMMMMMMMMMMMM" + // 50
		"MMMMMMMMMMMMMMMM" + // 60
		"mmmmMMM.qqxxMMMM" + // 70
		"JJJJJJJJJJJJJJJJ" + // 80
		"MMMMMMMMMMMMMMMM" + // 90
		"...MmMxx...MmMMM" + // A0
		"MMMMMMMMMMmMMMMM" + // B0
		"MMmMmmmM........" + // C0
		"MMMMMMMMMMMMMMMM" + // D0
		"MMMMMMMMMMMMMMMM" + // E0
		"MMMMMMMMMMMMMMMM" //   F0

	// x86Vex0F is the map 0F as VEX and EVEX see it.
	x86Vex0F = "" +
		"xxxxxxxxxxxxxxxx" + // 00
		"MMMMMMMMxxxxxxxx" + // 10
		"xxxxxxxxMMMMMMMM" + // 20
		"xxxxxxxxxxxxxxxx" + // 30
		"xMMxMMMMxxMMxxxx" + // 40: opmask operations
		"MMMMMMMMMMMMMMMM" + // 50
		"MMMMMMMMMMMMMMMM" + // 60
		"mmmmMMM.MMMMMMMM" + // 70
		"xxxxxxxxxxxxxxxx" + // 80
		"MMMMxxxxMMxxxxxx" + // 90: opmask moves
		"xxxxxxxxxxxxxxMx" + // A0
		"xxxxxxxxxxxxxxxx" + // B0
		"xxmxmmmxxxxxxxxx" + // C0
		"MMMMMMMMMMMMMMMM" + // D0
		"MMMMMMMMMMMMMMMM" + // E0
		"MMMMMMMMMMMMMMMx" //   F0
)
