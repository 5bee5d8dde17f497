; The console's font, a PSF file that the build takes from a distribution package.

section .rodata
global console_font_start, console_font_end

align 16
console_font_start:
	incbin "console.psf"
console_font_end:
