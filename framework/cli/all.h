#pragma once
// Every subcommand, each defined in the file of its name.
#include "cli/command.h"

namespace retort {

int quickstart_command(const Words& words);
int init_command(const Words& words);
int run_command(const Words& words);
int plan_command(const Words& words);
int validate_command(const Words& words);
int carry_command(const Words& words);
int why_command(const Words& words);
int ls_command(const Words& words);
int show_command(const Words& words);
int watch_command(const Words& words);
int cancel_command(const Words& words);
int debug_command(const Words& words);
int log_command(const Words& words);
int table_command(const Words& words);
int diff_command(const Words& words);
int report_command(const Words& words);
int serve_command(const Words& words);
int export_command(const Words& words);
int import_command(const Words& words);
int gc_command(const Words& words);
int fsck_command(const Words& words);
int pin_command(const Words& words);
int unpin_command(const Words& words);
int data_command(const Words& words);
int data_list_command(const Words& words);
int data_fetch_command(const Words& words);
int plugin_command(const Words& words);
int plugin_list_command(const Words& words);
int plugin_show_command(const Words& words);
int plugin_new_command(const Words& words);
int plugin_check_command(const Words& words);
int schema_command(const Words& words);
int devices_command(const Words& words);
int doctor_command(const Words& words);
int completion_command(const Words& words);
int version_command(const Words& words);

}  // namespace retort
