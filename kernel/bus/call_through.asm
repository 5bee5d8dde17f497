; The step into a module and back. The registers that a C function keeps are on the stack here, and
; the record knows where: a fault in the callee comes back to call_through_fault with the stack
; pointer from the record, as if the callee had returned an error.
;
; long call_through(struct call *call, ...)
;
; Each of up to five arguments, integers and pointers, moves one register down: the callee is called
; as if the record had not been there. A record without a function answers what it says. What the
; callee must leave as it found it stands in the record, and is compared without a branch for each.

bits 64
default rel

CALL_FUNCTION equ 0x18          ; offsets in struct call, checked in containment.c
CALL_STACK equ 0x20
CALL_PREEMPT_COUNT equ 0x28
CALL_FLAGS equ 0x30
CALL_SPINLOCKS equ 0x38
CALL_MUTEXES equ 0x3c
CALL_LENT equ 0x40
CALL_WAIT equ 0x48
CALL_ABSENT equ 0x50
CALL_MARK equ 0x64
CALL_THREAD equ 0x70
LISTED equ 0x115ed              ; in the upper bits of the mark
THREAD_CALLS equ 0x18           ; in struct thread, likewise
THREAD_FRAME equ 0x20
THREAD_LENT equ 0x28
THREAD_WAIT equ 0x30
THREAD_MUTEXES equ 0x48
FRAME equ 3 * 8                 ; struct call_frame, and the stack is aligned again
SAVED equ 6 * 8                 ; what a C function keeps
CPU_CURRENT equ 0x08
CPU_PREEMPT_COUNT equ 0x10
CALLEE_STACK equ 6144           ; or the caller faults: see <mm/stack.h>
LEFT_STACK equ 1024             ; what the callee has left stands there: calls that it has not ended
KEPT_FLAGS equ 0x40700          ; alignment check, direction, interrupts, single step

global call_through, call_through_fault, call_through_return
extern call_unbalanced, call_faulted, call_refused, spinlocks_held

section .text

call_through:
        mov eax, [rdi + CALL_MARK]
        mov r10, [gs:CPU_CURRENT]
        shr eax, 12
        cmp eax, LISTED
        jne .refused            ; not begun, or ended
        cmp r10, [rdi + CALL_THREAD]
        jne .refused            ; by another thread
        cmp qword [rdi + CALL_STACK], 0
        jne .refused            ; it is in it
        cmp qword [rdi + CALL_FUNCTION], 0
        je .absent
        cmp byte [rsp - CALLEE_STACK], 0
        push rbp
        mov rbp, rsp
        push rbx
        push r12
        push r13
        push r14
        push r15
        push rax
        push qword [r10 + THREAD_FRAME]
        push rdi                ; with the one before: struct call_frame
        mov [rdi + CALL_STACK], rsp
        mov [r10 + THREAD_FRAME], rsp
        mov rax, [gs:CPU_PREEMPT_COUNT]
        mov [rdi + CALL_PREEMPT_COUNT], rax
        mov eax, [gs:abs spinlocks_held]
        mov [rdi + CALL_SPINLOCKS], eax
        mov rax, [gs:CPU_CURRENT]
        mov r10, [rax + THREAD_WAIT]
        mov [rdi + CALL_WAIT], r10
        mov r10d, [rax + THREAD_MUTEXES]
        mov [rdi + CALL_MUTEXES], r10d
        mov r10, [rax + THREAD_LENT]
        mov [rdi + CALL_LENT], r10
        pushfq
        pop qword [rdi + CALL_FLAGS]
        mov rax, [rdi + CALL_FUNCTION]
        mov rdi, rsi
        mov rsi, rdx
        mov rdx, rcx
        mov rcx, r8
        mov r8, r9
        call rax
.returned:
        mov rdi, [rsp]
        mov rsi, [gs:CPU_CURRENT]
        mov ecx, [gs:CPU_PREEMPT_COUNT]
        xor ecx, [rdi + CALL_PREEMPT_COUNT]
        shl ecx, 1              ; the top bit only says that no reschedule is wanted
        pushfq
        pop rdx
        xor rdx, [rdi + CALL_FLAGS]
        and edx, KEPT_FLAGS
        or ecx, edx
        mov edx, [gs:abs spinlocks_held]
        xor edx, [rdi + CALL_SPINLOCKS]
        or ecx, edx
        mov edx, [rsi + THREAD_MUTEXES]
        xor edx, [rdi + CALL_MUTEXES]
        or ecx, edx
        mov rdx, [rsi + THREAD_LENT]
        xor rdx, [rdi + CALL_LENT]
        or rcx, rdx
        mov rdx, [rsi + THREAD_WAIT]
        xor rdx, [rdi + CALL_WAIT]
        or rcx, rdx
        mov rdx, [rsi + THREAD_CALLS]
        xor rdx, rdi            ; calls begun in it have been ended
        or rcx, rdx
        jnz .unbalanced
.leave:
        mov qword [rdi + CALL_STACK], 0
.restore:
        mov rcx, [gs:CPU_CURRENT]
        mov rdx, [rsp + 8]
        mov [rcx + THREAD_FRAME], rdx
        add rsp, FRAME
        pop r15
        pop r14
        pop r13
        pop r12
        pop rbx
        pop rbp
        ret
.unbalanced:
        cld
        push rax
        push rdi
        mov rsi, [rsp + 2 * 8 + FRAME + SAVED] ; above these two: the caller
        sub rsp, LEFT_STACK
        call call_unbalanced
        mov ecx, eax
        add rsp, LEFT_STACK
        pop rdi
        pop rax
        test cl, cl
        jnz .leave
        jmp .restore            ; the record's memory may be another's by now
.absent:
        mov rax, [rdi + CALL_ABSENT]
        ret
.refused:
        jmp call_refused

; Containment resumes here: rsp from the record, flags and preemption as they were at the call.
call_through_fault:
        mov rdi, [rsp]
        lea rbp, [rsp + FRAME + SAVED - 8] ; where rbp was pushed
        call call_faulted       ; (record), returns the error
        mov rdi, [rsp]
        jmp call_through.leave

call_through_return equ call_through.returned
