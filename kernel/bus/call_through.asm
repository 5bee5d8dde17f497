; The step into a module and back. The registers that a C function keeps are on the stack here, and
; the record knows where: a fault in the callee comes back to call_through_fault with the stack
; pointer from the record, as if the callee had returned an error.
;
; long call_through(struct call *call, ...)
;
; Each of up to five arguments, integers and pointers, moves one register down: the callee is called
; as if the record had not been there. A record without a function answers what it says.

bits 64
default rel

CALL_FUNCTION equ 0x18          ; offsets in struct call, checked in containment.c
CALL_STACK equ 0x20
CALL_PREEMPT_COUNT equ 0x28
CALL_ABSENT equ 0x30
CPU_PREEMPT_COUNT equ 0x10

global call_through
global call_through_fault
extern call_unbalanced
extern call_faulted

section .text

call_through:
        cmp qword [rdi + CALL_FUNCTION], 0
        je .absent
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
        mov rax, [rdi + CALL_FUNCTION]
        mov rdi, rsi
        mov rsi, rdx
        mov rdx, rcx
        mov rcx, r8
        mov r8, r9
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
.absent:
        mov rax, [rdi + CALL_ABSENT]
        ret

; Containment resumes here: rsp from the record, interrupts on, preemption as it was at the call.
call_through_fault:
        mov rdi, [rsp]
        lea rbp, [rsp + 48]     ; where rbp was pushed
        call call_faulted       ; (record), returns the error
        mov rdi, [rsp]
        jmp call_through.leave
