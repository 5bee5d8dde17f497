; Every exception and interrupt enters here. A few instructions a vector push what is missing from a struct
; trap_frame (<arch/trap.h>), common code saves the registers and calls C with its address; what C
; leaves there is loaded again. The kernel never leaves ring 0, so gs is always right and there is
; nothing to swap.

ENTRY_SIZE equ 16
VECTOR equ 15 * 8 ; in the frame

%macro each 2-* ; instruction, registers
%define instruction %1
%rep %0 - 1
%rotate 1
	instruction %1
%endrep
%endmacro

section .text progbits alloc exec nowrite align=16

extern trap_dispatch, interrupt_dispatch

trap_common:
	each push, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	cld
	mov rdi, rsp
	cmp qword [rsp + VECTOR], 32
	jae .interrupt
	call trap_dispatch
	jmp .leave
.interrupt:
	call interrupt_dispatch
.leave:
	each pop, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
	add rsp, 16
	iretq

; The CPU pushes an error code for these (Intel SDM vol. 3, table 6-1).
%define HAS_ERROR(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21 || (v) == 29 || (v) == 30)

global trap_entries
	align ENTRY_SIZE
trap_entries:
%assign vector 0
%rep 256
	align ENTRY_SIZE
%if !HAS_ERROR(vector)
	push byte 0
%endif
	push strict dword vector
	jmp trap_common
%assign vector vector + 1
%endrep
	align ENTRY_SIZE

; bool probe_read(const void *address, uint64_t *value): a read that may fault. trap_dispatch sends a
; fault at probe_read_access on to probe_read_failed.
global probe_read, probe_read_access, probe_read_failed
probe_read:
probe_read_access:
	mov rax, [rdi]
	mov [rsi], rax
	mov eax, 1
	ret
probe_read_failed:
	xor eax, eax
	ret
