; A guest that behaves in one known way, to show that the runner of boot tests tells the verdicts
; apart: it prints a prompt, waits for a line, and then does what -D says.
bits 32

section .boot.header align=8
header:
	dd 0xe85250d6, 0, header_end - header, -(0xe85250d6 + header_end - header) & 0xffffffff
	dw 0, 0
	dd 8
header_end:

section .text
global _start
_start:
	mov esp, stack_top
	mov esi, prompt
	call print
.line:
	mov dx, 0x3fd
	in al, dx
	test al, 1
	jz .line
	mov dx, 0x3f8
	in al, dx
	out dx, al
	cmp al, 13
	jne .line
	mov al, 10
	out dx, al
	mov esi, answer
	call print

%ifdef ANSWER
	mov esi, prompt
	call print
%elifdef EXIT
	mov eax, 7
	mov dx, 0xf4
	out dx, eax
%elifdef PANIC
	mov esi, panic
	call print
	mov eax, 99
	mov dx, 0xf4
	out dx, eax
%elifdef FLOOD
.flood:
	mov esi, answer
	call print
	jmp .flood
%elifdef TRIPLE_FAULT
	lidt [empty]
	ud2
%elifdef POWEROFF
	mov dx, 0x604
	mov ax, 0x2000
	out dx, ax
%endif
	cli
.stop:	hlt
	jmp .stop

print:
	lodsb
	test al, al
	jz .end
	mov dx, 0x3f8
	out dx, al
	jmp print
.end:	ret

section .data
prompt: db "tenon> ", 0
answer: db "[   1.000000] log", 13, 10, "hello, world", 13, 10, 0
panic: db "panic: at the disco", 13, 10, 0
empty: dw 0
	dd 0

section .bss
	resb 4096
stack_top:
