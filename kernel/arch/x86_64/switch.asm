; From one thread to another. Only what the C calling convention lets a function keep is saved, on
; the stack of the thread that leaves; its stack pointer alone is kept elsewhere. Interrupts are
; off.

section .text progbits alloc exec nowrite align=16

; void switch_context(uint64_t *save, uint64_t load)
global switch_context
switch_context:
	push rbp
	push rbx
	push r12
	push r13
	push r14
	push r15
	mov [rdi], rsp
	mov rsp, rsi
	pop r15
	pop r14
	pop r13
	pop r12
	pop rbx
	pop rbp
	ret

; Where a new thread's first switch returns to; rbp is 0, so that backtraces end here.
global thread_begin
extern thread_main
thread_begin:
	call thread_main
	ud2
