#pragma once

struct module;

int book_faulty(struct module *owner);
