; The step into a module and back. The registers that a C function keeps are on the stack here, and
; the record knows where: a fault in the callee comes back to call_through_fault with the stack
; pointer from the record, as if the callee had returned an error.
;
; long call_through(struct call *call, const void *function, a, b, c, d, e)

bits 64
default rel

CALL_STACK equ 0x20             ; offsets in struct call, checked in containment.c
CALL_PREEMPT_COUNT equ 0x28
CPU_PREEMPT_COUNT equ 0x10

global call_through
global call_through_fault
extern call_unbalanced
extern call_faulted

section .text

call_through:
        push rbp
        mov rbp, rsp
        push rbx
        push r12
        push r13
        push r14
        push r15
        push rdi                ; the record; the stack is aligned again
        mov [rdi + CALL_STACK], rsp
        mov eax, [gs:CPU_PREEMPT_COUNT]
        mov [rdi + CALL_PREEMPT_COUNT], eax
        mov rax, rsi
        mov rdi, rdx
        mov rsi, rcx
        mov rdx, r8
        mov rcx, r9
        mov r8, [rbp + 16]
        call rax
        mov rdi, [rsp]
        mov ecx, [gs:CPU_PREEMPT_COUNT]
        xor ecx, [rdi + CALL_PREEMPT_COUNT]
        shl ecx, 1              ; the top bit only says that no reschedule is wanted
        jnz .unbalanced
.leave:
        mov qword [rdi + CALL_STACK], 0
        add rsp, 8
        pop r15
        pop r14
        pop r13
        pop r12
        pop rbx
        pop rbp
        ret
.unbalanced:
        push rax
        push rdi
        call call_unbalanced
        pop rdi
        pop rax
        jmp .leave

; Containment resumes here: rsp from the record, interrupts on, preemption as it was at the call.
call_through_fault:
        mov rdi, [rsp]
        lea rbp, [rsp + 48]     ; where rbp was pushed
        call call_faulted       ; (record), returns the error
        mov rdi, [rsp]
        jmp call_through.leave
