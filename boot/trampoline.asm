; From the start-up IPI to C, for every other CPU. core copies this to a page below 1 MiB, fills in the
; words at the end, and starts one CPU at a time (Intel SDM vol. 3, 8.4). The CPU goes from real mode
; to long mode in one step, on the kernel's own tables, in which core has opened this page for reading
; and executing. The one rule: nothing here knows where it runs but through cs, and nothing is written
; once paging is on.

CR0_PE equ 1 << 0
CR0_WP equ 1 << 16
CR0_PG equ 1 << 31
CR4_PAE equ 1 << 5
MSR_EFER equ 0xc0000080
EFER_LME equ 1 << 8
EFER_NXE equ 1 << 11

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

	lea eax, [ebx + AT(gdt)]
	mov [AT(gdt_pointer) + 2], eax
	o32 lgdt [AT(gdt_pointer)]
	lea eax, [ebx + AT(long_mode)]
	mov [AT(target)], eax

	mov eax, CR4_PAE
	mov cr4, eax
	mov eax, [AT(root)]
	mov cr3, eax
	mov ecx, MSR_EFER
	rdmsr
	or eax, EFER_LME | EFER_NXE
	wrmsr
	mov eax, cr0
	and eax, ~0x60000000		; CD and NW are set after INIT
	or eax, CR0_PG | CR0_WP | CR0_PE
	mov cr0, eax
	jmp dword far [AT(target)]

bits 64
long_mode:
	mov ax, 0x10
	mov ds, ax
	mov es, ax
	mov ss, ax
	xor eax, eax
	mov fs, ax
	mov gs, ax
	mov rsp, [rbx + AT(stack)]
	mov rdi, [rbx + AT(argument)]
	xor ebp, ebp
	mov rax, processor_entry
	jmp rax

	align 8
gdt:
	dq 0
	dq 0x00af9b000000ffff		; with the accessed bits, which the CPU would set
	dq 0x00cf93000000ffff
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
argument: dq 0

section .text progbits alloc exec nowrite align=16
extern processor_main
processor_entry:
	call processor_main
