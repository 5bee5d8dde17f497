; From one thread to another. Only what the C calling convention lets a function keep is saved, on
; the stack of the thread that leaves; its stack pointer alone is kept elsewhere. Interrupts are
; off.

%include "each.inc"

section .text progbits alloc exec nowrite align=16

; void switch_context(uint64_t *save, uint64_t load)
global switch_context
switch_context:
	each push, rbp, rbx, r12, r13, r14, r15
	mov [rdi], rsp
	mov rsp, rsi
	each pop, r15, r14, r13, r12, rbx, rbp
	ret

; Where a new thread's first switch returns to; rbp is 0, so that backtraces end here.
global thread_begin
extern thread_main
thread_begin:
	call thread_main
	ud2
