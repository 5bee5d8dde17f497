#pragma once

struct module *pair_owner(void); /* the module rules_pair_a */
