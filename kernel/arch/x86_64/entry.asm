; Every exception and interrupt enters here. A few instructions a vector push what is missing from a struct
; trap_frame (<arch/trap.h>), common code saves the registers and calls C with its address; what C
; leaves there is loaded again. The kernel never leaves ring 0, so gs is always right and there is
; nothing to swap.

ENTRY_SIZE equ 16

%macro save_registers 0
	push rax
	push rbx
	push rcx
	push rdx
	push rsi
	push rdi
	push rbp
	push r8
	push r9
	push r10
	push r11
	push r12
	push r13
	push r14
	push r15
	cld
	mov rdi, rsp
%endmacro

section .text progbits alloc exec nowrite align=16

extern trap_dispatch, trap_interrupt_handler

trap_common:
	save_registers
	call trap_dispatch
	jmp trap_return

interrupt_common:
	save_registers
	call [trap_interrupt_handler]

; Also the way out for who has made a frame of its own and put rsp on it.
global trap_return
trap_return:
	pop r15
	pop r14
	pop r13
	pop r12
	pop r11
	pop r10
	pop r9
	pop r8
	pop rbp
	pop rdi
	pop rsi
	pop rdx
	pop rcx
	pop rbx
	pop rax
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
%if vector < 32
	jmp trap_common
%else
	jmp interrupt_common
%endif
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
