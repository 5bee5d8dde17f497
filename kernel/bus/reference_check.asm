; What a module's put and get become under `debug` (reference_check.c): they have the module in rdi
; and keep every register, as the single instructions that stood there do. The return address is the
; place.

bits 64
default rel

global checked_put
global checked_get
extern reference_check_put
extern reference_check_get

section .text

%macro checked 1
        push rbp
        mov rbp, rsp
        push rax
        push rcx
        push rdx
        push rsi
        push rdi
        push r8
        push r9
        push r10
        push r11
        and rsp, -16
        mov rsi, [rbp + 8]
        call %1
        lea rsp, [rbp - 72]
        pop r11
        pop r10
        pop r9
        pop r8
        pop rdi
        pop rsi
        pop rdx
        pop rcx
        pop rax
        pop rbp
        ret
%endmacro

checked_put:
        checked reference_check_put
checked_get:
        checked reference_check_get
