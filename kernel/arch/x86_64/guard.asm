; int walk_guarded(struct guarded_chain *const *chain, void *argument): see <arch/guard.h>. The
; registers that a C function keeps are on the stack here, in front of the record that the CPU
; points to; a fault in a callee comes back to walk_guarded_fault with the stack pointer from the
; record, and the walk goes on as if that callee had returned 0.

bits 64
default rel

CPU_PREEMPT_COUNT equ 0x10      ; offsets in struct cpu, with the depth of interrupts behind it
CPU_GUARD equ 0x20
CHAIN_SLOTS equ 8               ; offsets and sizes of <arch/guard.h>, checked there
GUARDED_SIZE equ 24
GUARD_CHAIN equ 8
GUARD_ARGUMENT equ 16
GUARD_OUTER equ 32
GUARD_SIZE equ 40

global walk_guarded
global walk_guarded_fault
extern preempt_reschedule

section .text

walk_guarded:
        push rbp
        mov rbp, rsp
        push rbx
        push r12
        push r13
        push r14
        push r15
        push qword [gs:CPU_GUARD]
        mov rax, [gs:CPU_PREEMPT_COUNT]
        push rax
        push rsi
        sub rsp, 16             ; the stack is aligned again
        inc dword [gs:CPU_PREEMPT_COUNT] ; in one: an interrupt may have changed its top bit
        mov rdi, [rdi]
        xor eax, eax
        test rdi, rdi
        jz .enable              ; empty by now
        mov [rsp + GUARD_CHAIN], rdi
        mov [gs:CPU_GUARD], rsp
        mov r12d, [rdi]
        mov r13, rsi
        lea rbx, [rdi + CHAIN_SLOTS]
.next:
        mov [rsp], rbx          ; who is called now
        mov rax, [rbx]
        mov rdi, [rbx + 8]
        mov rsi, r13
        call rax
.came_back:
        lea rbx, [rbx + GUARDED_SIZE]
        lea r12d, [r12 - 1]
        cmp eax, 1              ; carry: it was 0
        sbb ecx, ecx
        and ecx, r12d           ; one branch for both ends: what is left, if it was 0
        jnz .next
        mov rcx, [rsp + GUARD_OUTER]
        mov [gs:CPU_GUARD], rcx
.enable:
        dec dword [gs:CPU_PREEMPT_COUNT]
        jz .reschedule          ; see <kernel/preempt.h>
.leave:
        mov r13, [rbp - 24]     ; the others are what they were: who returns keeps them
        mov r12, [rbp - 16]
        mov rbx, [rbp - 8]
        leave
        ret
.reschedule:
        mov ebx, eax
        call preempt_reschedule
        mov eax, ebx
        jmp .leave

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
