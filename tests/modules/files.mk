# These use <files/file.h>.
$(foreach name,attach_churn closes_twice false_filesystem false_node forgetful hands_over bad_pointers late_span matrix matrix_consumer \
	open_file rules rules_doors rules_forget rules_stages surplus_put sys_holder guide_word,$(eval $(name)-depends := files))
