; Takes the place of firmware and boot loader: QEMU's -kernel starts it (Multiboot 1, section 3), it
; works off a list of operations, which is the first boot module, and enters the kernel. What the list
; says is made by platform.py, beside this file. An operation is its number and its operands, a list of
; 32-bit words.
bits 32

BASE equ 0xa000000			; above everything that the list fills
MAGIC equ 0x1badb002
FLAGS equ 1 << 16 | 3			; addresses are here; modules on pages; memory is told
MODULES equ 24				; in the information: where the table of modules is

COM1 equ 0x3f8
LINE_STATUS equ 5

org BASE
header:
	dd MAGIC, FLAGS, -(MAGIC + FLAGS) & 0xffffffff
	dd header, BASE, 0, stack_end, start

operations:
	dd enter, copy, clear, write_port, read_port, change_msr, meet

start:
	cli
	cld
	mov esp, stack_end
	mov esi, [ebx + MODULES]
	mov esi, [esi]			; where the first one begins
next:
	lodsd
	jmp [operations + eax * 4]

; entry, eax, ebx
enter:
	mov ecx, [esi]
	mov eax, [esi + 4]
	mov ebx, [esi + 8]
	jmp ecx

; to, words, and so many words
copy:
	lodsd
	mov edi, eax
	lodsd
	mov ecx, eax
	rep movsd
	jmp next

; from, words
clear:
	lodsd
	mov edi, eax
	lodsd
	mov ecx, eax
	xor eax, eax
	rep stosd
	jmp next

; port, byte
write_port:
	lodsd
	mov edx, eax
	lodsd
	out dx, al
	jmp next

; port
read_port:
	lodsd
	mov edx, eax
	in al, dx
	jmp next

; Sends a line and goes on when a byte has come, both on COM1.
meet:
	mov dx, COM1
	mov al, '.'
	out dx, al
	mov al, 10
	out dx, al
	mov dx, COM1 + LINE_STATUS
.nothing:
	in al, dx
	test al, 1
	jz .nothing
	mov dx, COM1
	in al, dx
	jmp next

; index, bits to clear (low, high), bits to set (low, high)
change_msr:
	lodsd
	mov ecx, eax
	rdmsr
	mov ebx, [esi]
	not ebx
	and eax, ebx
	mov ebx, [esi + 4]
	not ebx
	and edx, ebx
	or eax, [esi + 8]
	or edx, [esi + 12]
	wrmsr
	add esi, 16
	jmp next

	align 4
stack: equ $
stack_end equ stack + 4096
