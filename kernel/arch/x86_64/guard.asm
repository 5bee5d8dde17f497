; int walk_guarded(struct guarded_chain *const *chain, void *argument): see <arch/guard.h>. The
; registers that a C function keeps are on the stack here, in front of the record that the CPU
; points to; a fault in a callee comes back to walk_guarded_fault with the stack pointer from the
; record, and the walk goes on as if that callee had returned 0. The preempt count, which locks
; and calls that are begun here change too, is compared once at the end: what else a callee may
; leave, call_guarded looks at.

bits 64
default rel

%include "each.inc"

CPU_CURRENT equ 0x08            ; offsets in struct cpu
CPU_PREEMPT_COUNT equ 0x10      ; with the depth of interrupts behind it
CPU_GUARD equ 0x20
THREAD_CALLS equ 0x18           ; in struct thread
CHAIN_SLOTS equ 8               ; offsets and sizes of <arch/guard.h>, checked there
GUARDED_SIZE equ 24
GUARD_CHAIN equ 8
GUARD_ARGUMENT equ 16
GUARD_PREEMPT_COUNT equ 24
GUARD_OUTER equ 48
GUARD_SIZE equ 56
LEFT_STACK equ 1024             ; as in call_through.asm

global walk_guarded, walk_guarded_fault, walk_guarded_return
extern preempt_reschedule, walk_unbalanced, spinlocks_held

section .text

walk_guarded:
        push rbp
        mov rbp, rsp
        each push, rbx, r12, r13, r14, r15
        push qword [gs:CPU_GUARD]
        mov rax, [gs:CPU_CURRENT]
        push qword [rax + THREAD_CALLS]
        push qword [gs:abs spinlocks_held]
        inc dword [gs:CPU_PREEMPT_COUNT] ; in one: an interrupt may have changed its top bit
        push qword [gs:CPU_PREEMPT_COUNT]
        push rsi
        mov rdi, [rdi]
        sub rsp, 16             ; the stack is aligned again
        xor eax, eax
        test rdi, rdi
        jz .enable              ; empty by now
        mov [rsp + GUARD_CHAIN], rdi
        mov [gs:CPU_GUARD], rsp
        mov r12d, [rdi]
        mov r13, rsi
        lea rbx, [rdi + CHAIN_SLOTS]
.next:
        mov [rsp], rbx          ; what is called now
        mov rdi, [rbx + 8]
        mov rsi, r13
        call [rbx]
.returned:
.came_back:
        lea rbx, [rbx + GUARDED_SIZE]
        lea r12d, [r12 - 1]
        cmp eax, 1              ; carry: it was 0
        sbb ecx, ecx
        and ecx, r12d           ; one branch for both ends: what is left, if it was 0
        jnz .next
        mov ecx, [gs:CPU_PREEMPT_COUNT]
        xor ecx, [rsp + GUARD_PREEMPT_COUNT]
        add ecx, ecx            ; the top bit only says that no reschedule is wanted
        jnz .unbalanced
.balanced:
        mov rcx, [rsp + GUARD_OUTER]
        mov [gs:CPU_GUARD], rcx
.enable:
        dec dword [gs:CPU_PREEMPT_COUNT]
        jz .reschedule          ; see <kernel/preempt.h>
.leave:
        mov r13, [rbp - 24]     ; the others are what they were: a callee that returns keeps them
        mov r12, [rbp - 16]
        mov rbx, [rbp - 8]
        leave
        ret
.reschedule:
        mov ebx, eax
        call preempt_reschedule
        mov eax, ebx
        jmp .leave

.unbalanced:
        cld
        mov ebx, eax
        mov rdi, rsp
        sub rsp, LEFT_STACK
        call walk_unbalanced
        add rsp, LEFT_STACK
        mov eax, ebx
        jmp .balanced

; Containment resumes here: rsp from the record, interrupts and preemption as in the walk.
walk_guarded_fault:
        lea rbp, [rsp + GUARD_SIZE + 40] ; where rbp was pushed
        mov r15, [rbp - 40]
        mov r14, [rbp - 32]
        mov rbx, [rsp]
        mov r13, [rsp + GUARD_ARGUMENT]
        mov rcx, [rsp + GUARD_CHAIN]
        mov eax, [rcx]          ; how many are left: end of the chain less this one
        lea rax, [rax + rax * 2]
        lea rax, [rcx + rax * 8 + CHAIN_SLOTS]
        sub rax, rbx
        xor edx, edx
        mov ecx, GUARDED_SIZE
        div ecx
        mov r12d, eax
        xor eax, eax
        jmp walk_guarded.came_back

walk_guarded_return equ walk_guarded.returned
