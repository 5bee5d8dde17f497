; int walk_guarded(struct guarded_chain *const *chain, void *argument): see <arch/guard.h>. The
; registers that a C function keeps are on the stack here, behind the record that the CPU points to;
; a fault in a callee comes back to walk_guarded_fault with the stack pointer from the record, and
; the walk goes on as if that callee had returned 0. The preempt count, which locks and calls that
; are begun here change too, is compared once at the end: what else a callee may leave, call_guarded
; looks at.
;
; Eight slots at a time are called in a row, and the record is not written meanwhile: the return
; address right in front of it says which of them is called. The rest is called one by one.

bits 64
default rel

%include "each.inc"

CPU_CURRENT equ 0x08            ; offsets in struct cpu
CPU_PREEMPT_COUNT equ 0x10      ; with the depth of interrupts behind it
CPU_GUARD equ 0x20
THREAD_CALLS equ 0x18           ; in struct thread
CHAIN_SLOTS equ 8               ; offsets and sizes of <arch/guard.h>, checked there
GUARDED_SIZE equ 24
GUARD_LEFT equ 8
GUARD_CHAIN equ 16
GUARD_ARGUMENT equ 24
GUARD_PREEMPT_COUNT equ 32
GUARD_SIZE equ 56
ROW equ 8                       ; GUARD_ROW
LEFT_STACK equ 1024             ; as in call_through.asm

global walk_guarded, walk_guarded_fault, walk_guarded_returns, walk_guarded_end
extern preempt_reschedule, walk_unbalanced, spinlocks_held

section .text

; rbx leads to the slot that is the first of those left, less CHAIN_SLOTS.
walk_guarded:
        push rbp
        mov rbp, rsp
        each push, rbx, r12, r13, r14, r15
        mov rax, [gs:CPU_CURRENT]
        push qword [rax + THREAD_CALLS]
        push qword [gs:abs spinlocks_held]
        inc dword [gs:CPU_PREEMPT_COUNT] ; in one: an interrupt may have changed its top bit
        push qword [gs:CPU_PREEMPT_COUNT]
        push rsi
        mov rbx, [rdi]
        test rbx, rbx
        jz .empty               ; by now
        push rbx
        push qword [rbx]        ; all are left
        push qword [gs:CPU_GUARD]
        mov [gs:CPU_GUARD], rsp ; the stack is aligned again
        cmp dword [rbx], ROW
        jb .one
.row:
%assign slot 0
%rep ROW
        mov rdi, [dword rbx + CHAIN_SLOTS + slot * GUARDED_SIZE + 8]
        mov rsi, [rsp + GUARD_ARGUMENT]
        call [dword rbx + CHAIN_SLOTS + slot * GUARDED_SIZE]
.returned_ %+ slot:
        test eax, eax
        jnz near .dropped_ %+ slot
%assign slot slot + 1
%endrep
        sub dword [rsp + GUARD_LEFT], ROW
        jnz .more
.done:
        mov ecx, [gs:CPU_PREEMPT_COUNT]
        cmp ecx, [rsp + GUARD_PREEMPT_COUNT]
        jne .differs
.balanced:
        pop qword [gs:CPU_GUARD]
.enable:
        dec dword [gs:CPU_PREEMPT_COUNT]
        jz .reschedule          ; see <kernel/preempt.h>
.leave:
        mov rbx, [rbp - 8]      ; the others are what they were: a callee that returns keeps them
        leave
        ret

.more:
        add rbx, ROW * GUARDED_SIZE
        cmp dword [rsp + GUARD_LEFT], ROW
        jae .row
.one:
        mov rdi, [rbx + CHAIN_SLOTS + 8]
        mov rsi, [rsp + GUARD_ARGUMENT]
        call [rbx + CHAIN_SLOTS]
        add rbx, GUARDED_SIZE
        test eax, eax
        jnz .done
        dec dword [rsp + GUARD_LEFT]
        jnz .one
        jmp .done

%assign slot 0
%rep ROW
.dropped_ %+ slot:
        sub dword [rsp + GUARD_LEFT], slot
        jmp .done
%assign slot slot + 1
%endrep

.empty:
        xor eax, eax
        jmp .enable
.reschedule:
        lea rsp, [rbp - 48]     ; aligned, whatever has been pushed
        mov ebx, eax
        call preempt_reschedule
        mov eax, ebx
        jmp .leave

.differs:
        xor ecx, [rsp + GUARD_PREEMPT_COUNT]
        add ecx, ecx            ; the top bit only says that no reschedule is wanted
        jz .balanced
        cld
        mov ebx, eax
        mov rdi, rsp
        sub rsp, LEFT_STACK
        call walk_unbalanced
        add rsp, LEFT_STACK
        mov eax, ebx
        jmp .balanced

; Containment resumes here: rsp from the record, of which the faulted slot is the first left;
; interrupts and preemption as in the walk.
walk_guarded_fault:
        lea rbp, [rsp + GUARD_SIZE + 40] ; where rbp was pushed
        mov r15, [rbp - 40]
        mov r14, [rbp - 32]
        mov r13, [rbp - 24]
        mov r12, [rbp - 16]
        mov rcx, [rsp + GUARD_CHAIN]
        mov eax, [rcx]
        sub eax, [rsp + GUARD_LEFT]
        lea rax, [rax + rax * 2]
        lea rbx, [rcx + rax * 8]
        add rbx, GUARDED_SIZE
        xor eax, eax
        dec dword [rsp + GUARD_LEFT]
        jz walk_guarded.done
        cmp dword [rsp + GUARD_LEFT], ROW
        jae walk_guarded.row
        jmp walk_guarded.one
walk_guarded_end:

section .rodata

walk_guarded_returns:           ; of the row's calls, in their order
%assign slot 0
%rep ROW
        dq walk_guarded.returned_ %+ slot
%assign slot slot + 1
%endrep
