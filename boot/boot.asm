; From GRUB to C. GRUB jumps here in 32-bit protected mode, paging off (Multiboot2, section 3.3).
; This file has the page tables that carry the kernel until mm has made its own, turns long mode
; on and calls kernel_main in the higher half. The one rule: everything here is linked where it is
; loaded, runs once, and is given back afterwards (linker.ld, __boot_start to __boot_end).
;
; The early tables map the first 4 GiB three times with 2 MiB pages, writable and executable: at
; 0, at the direct map, and (its first GiB) at -2 GiB.

MULTIBOOT_HEADER_MAGIC equ 0xe85250d6
MULTIBOOT_LOADER_MAGIC equ 0x36d76289
DIRECT_MAP equ 0xffff800000000000

MSR_GS_BASE equ 0xc0000101

PAGE_PRESENT_WRITABLE equ 3
PAGE_2M equ 1 << 7

TAG_OPTIONAL equ 1

%include "long_mode.inc"

section .boot.header progbits alloc noexec nowrite align=8
multiboot_header:
	dd MULTIBOOT_HEADER_MAGIC
	dd 0				; i386, protected mode
	dd multiboot_header_end - multiboot_header
	dd 0x100000000 - (MULTIBOOT_HEADER_MAGIC + multiboot_header_end - multiboot_header)

	align 8				; the screen may be text or pixels, or absent
	dw 4, TAG_OPTIONAL		; console flags
	dd 12
	dd 2				; EGA text is understood

	align 8
	dw 5, TAG_OPTIONAL		; framebuffer: any size and depth
	dd 20
	dd 0, 0, 0

	align 8
	dw 6, TAG_OPTIONAL		; boot files begin on pages
	dd 8

	align 8
	dw 0, 0				; end
	dd 8
multiboot_header_end:

section .boot.text progbits alloc exec nowrite align=16
bits 32

global _start
_start:
	cli
	cld
	mov esi, eax			; GRUB's magic
	mov edi, ebx			; the boot information
	rdtsc				; the kernel's zero of time
	mov [entry_tsc], eax
	mov [entry_tsc + 4], edx
	mov esp, boot_stack_end

	mov edx, message_loader
	cmp esi, MULTIBOOT_LOADER_MAGIC
	jne give_up

	mov eax, 0x80000000
	cpuid
	mov edx, message_long_mode
	cmp eax, 0x80000001
	jb give_up
	mov eax, 0x80000001
	cpuid
	mov ecx, edx
	mov edx, message_long_mode
	bt ecx, 29
	jnc give_up
	mov edx, message_no_execute
	bt ecx, 20
	jnc give_up

	LONG_MODE early_pml4
	lgdt [gdt_pointer]
	jmp 0x08:long_mode

; Says why (edx) on COM1 and, if it is there, on the text screen, and halts.
give_up:
	mov edi, 0xb8000
	mov esi, edx
.next:
	lodsb
	test al, al
	jz .halt
	mov ah, 0x07
	stosw
	mov bl, al
	mov ecx, 100000			; a port that is not there must not hold us up
	mov dx, 0x3f8 + 5
.wait:
	in al, dx
	test al, 0x20
	loopz .wait
	mov al, bl
	mov dx, 0x3f8
	out dx, al
	jmp .next
.halt:
	hlt
	jmp .halt

bits 64
extern kernel_main

; The other segment registers stay as they are, until C loads its own tables
; (arch/x86_64/descriptor.c): in this mode their bases and limits are not looked at, and those of
; fs and gs are 0 (section 3.3).
long_mode:
	; The early window of CPU 0: what the template of per-CPU data holds, at its direct address.
	mov r12d, edi
	extern __percpu_load, __percpu_size
	mov rsi, __percpu_load
	mov edi, early_window
	mov ecx, __percpu_size
	rep movsb
	mov ecx, MSR_GS_BASE
	mov rax, DIRECT_MAP
	add rax, early_window
	mov rdx, rax
	shr rdx, 32
	wrmsr

	mov rsp, boot_stack_high
	xor ebp, ebp			; backtraces end here
	mov edi, r12d
	mov rsi, [entry_tsc]
	mov rax, kernel_main
	call rax
.halt:
	hlt
	jmp .halt

section .boot.rodata progbits alloc noexec nowrite align=8
gdt:
	dq 0
	dq 0x00af9a000000ffff		; code, 64 bits
gdt_pointer:
	dw gdt_pointer - gdt - 1
	dd gdt

message_loader: db "tenon: not started by a Multiboot2 loader", 13, 10, 0
message_long_mode: db "tenon: this CPU has no 64-bit mode", 13, 10, 0
message_no_execute: db "tenon: this CPU has no NX", 13, 10, 0

; Filled in at build time: the CPU sets accessed and dirty bits in them, nothing else writes there.
section .boot.data progbits alloc noexec write align=4096
early_pml4:
	dq early_low + PAGE_PRESENT_WRITABLE
	times 255 dq 0
	dq early_low + PAGE_PRESENT_WRITABLE		; the direct map
	times 254 dq 0
	dq early_high + PAGE_PRESENT_WRITABLE
early_low:
	%assign directory 0
	%rep 4
	dq early_directories + directory * 4096 + PAGE_PRESENT_WRITABLE
	%assign directory directory + 1
	%endrep
	times 508 dq 0
early_high:
	times 510 dq 0
	dq early_directories + PAGE_PRESENT_WRITABLE, 0
early_directories:
	%assign page 0
	%rep 4 * 512
	dq page * 0x200000 + (PAGE_PRESENT_WRITABLE | PAGE_2M)
	%assign page page + 1
	%endrep

section .boot.bss nobits alloc noexec write align=4096
global early_window, early_window_end
early_window: resb 4 * 4096
early_window_end:
boot_stack: resb 1024
boot_stack_end:
entry_tsc: resq 1

; The boot CPU keeps this stack: it becomes the idle thread's.
section .bss nobits alloc noexec write align=4096
global boot_stack_low, boot_stack_high
boot_stack_low: resb 4 * 4096
boot_stack_high:
