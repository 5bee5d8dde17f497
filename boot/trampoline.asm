; From the start-up IPI to C, for every other CPU. core copies this to a page below 1 MiB that is
; kept for ever, and fills in the words at the end (Intel SDM vol. 3, 8.4). A CPU says that it has
; arrived and waits for a seat, of which there is one at a time; so CPUs may come at once, late,
; or not at all, and none is given a stack that another may use. It goes from real mode to long
; mode in one step, on the kernel's own tables, in which core has opened this page for reading and
; executing. One that comes when the seats are closed halts here and is never heard of. The one
; rule: nothing here knows where it runs but through cs, and nothing is written once paging is on.

%include "long_mode.inc"

SEAT_TAKEN equ 0			; core/processor.c has them too
SEAT_FREE equ 1
SEAT_CLOSED equ 2

%define AT(label) (label - trampoline)

section .trampoline progbits alloc noexec nowrite align=16
bits 16
trampoline:
	cli
	cld
	mov ax, cs
	mov ds, ax
	movzx ebx, ax
	shl ebx, 4			; where this page is

	lock inc dword [AT(arrived)]
wait_for_seat:
	pause
	mov eax, SEAT_FREE
	mov edx, SEAT_TAKEN
	lock cmpxchg [AT(seat)], edx
	je seated
	cmp eax, SEAT_CLOSED
	jne wait_for_seat
; No interrupt is sent here: only CPUs that are counted get any.
halt:
	hlt
	jmp halt

seated:
	lea eax, [ebx + AT(gdt)]
	mov [AT(gdt_pointer) + 2], eax
	o32 lgdt [AT(gdt_pointer)]
	lea eax, [ebx + AT(long_mode)]
	mov [AT(target)], eax

	LONG_MODE [AT(root)]
	jmp dword far [AT(target)]

bits 64
extern processor_main
long_mode:				; the other segment registers: see boot.asm
	mov rsp, [rbx + AT(stack)]
	xor ebp, ebp
	mov rax, processor_main
	call rax			; does not return

	align 8
gdt:
	dq 0
	dq 0x00af9b000000ffff		; with the accessed bit, which the CPU would set
gdt_pointer:
	dw gdt_pointer - gdt - 1
	dd 0
	align 8
target:
	dd 0
	dw 0x08
	align 8
; struct trampoline_words of core/processor.c: the last bytes of the section.
root: dq 0
stack: dq 0
arrived: dd 0
seat: dd 0
