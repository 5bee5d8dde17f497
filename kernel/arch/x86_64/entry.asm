; Every exception and interrupt enters here. A few instructions a vector push what is missing from
; a struct trap_frame (<arch/trap.h>), common code saves the registers and calls C with its
; address; what C leaves there is loaded again. The kernel never leaves ring 0, so gs is always
; right and there is nothing to swap.
;
; What C does for a thread's exception or interrupt it does on the CPU's interrupt stack, so that
; the thread's may be nearly full. The frame itself goes to the thread's stack: that is where a
; stop looks for saved registers, and where the thread may be switched away from once the handler
; has returned.
;
; An exception's frame is pushed there by the CPU; when there is no room that is a double fault,
; which has a stack of its own. An interrupt may not be lost that way: it is in service in the
; local APIC from the moment that its frame is pushed, and with no acknowledgement nothing below
; its class comes in any more. So the gates of interrupts name the interrupt stack (IST): the
; frame lands at its top, and is moved to the stack of what was interrupted when there is room.
; The landing place is free again before anything can interrupt, so that an interrupt that comes
; on this very stack, in a CPU that waits there for the end of a stop, lands in the same place and
; is moved below what it interrupts.

ENTRY_SIZE equ 16
FRAME_SIZE equ 22 * 8
FRAME_VECTOR equ 15 * 8
FRAME_RSP equ 20 * 8
STACK_SIZE equ 16384             ; <mm/stack.h>
CPU_CURRENT_THREAD equ 0x08      ; <kernel/preempt.h>
CPU_INTERRUPT_STACK equ 0x30     ; in struct cpu
THREAD_STACK_BOTTOM equ 0x10     ; in struct thread

%include "each.inc"

section .text progbits alloc exec nowrite align=16

extern trap_dispatch, interrupt_dispatch, interrupt_place, preempt_leave_interrupt

trap_common:
	each push, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	cld
	cmp qword [rsp + FRAME_VECTOR], 32
	jae .interrupt
	mov rdi, rsp
	mov rbx, rsp
	mov rax, [gs:CPU_CURRENT_THREAD]
	test rax, rax
	jz .exception
	mov rcx, rsp
	sub rcx, [rax + THREAD_STACK_BOTTOM]
	cmp rcx, STACK_SIZE
	jae .exception           ; on another stack already
	mov rsp, [gs:CPU_INTERRUPT_STACK]
.exception:
	call trap_dispatch
	mov rsp, rbx
	jmp .leave
.interrupt:
	mov rax, [rsp + FRAME_RSP]
	mov rcx, rsp
	sub rcx, rax
	cmp rcx, STACK_SIZE
	jb .nested               ; it came on this stack: below what it interrupts
	mov rdi, rsp
	call interrupt_place     ; (frame), returns where its end goes
.nested:
	and rax, -16
	lea rbx, [rax - FRAME_SIZE]
	mov rdi, rbx
	mov rsi, rsp
	mov ecx, FRAME_SIZE / 8
	rep movsq
	mov rcx, rsp
	sub rcx, rbx
	cmp rcx, STACK_SIZE
	cmovb rsp, rbx           ; it stays on this stack, below the frame
	mov rdi, rbx
	call interrupt_dispatch
	mov rsp, rbx
	mov rdi, rbx
	call preempt_leave_interrupt
.leave:
	each pop, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
	add rsp, 16
	iretq

; The CPU pushes an error code for these (Intel SDM vol. 3, table 6-1).
%define HAS_ERROR(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21 || \
	(v) == 29 || (v) == 30)

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

; bool probe_read(const void *address, uint64_t *value): a read that may fault. trap_dispatch
; sends a fault at probe_read_access on to probe_read_failed.
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
