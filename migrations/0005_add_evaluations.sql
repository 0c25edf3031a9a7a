CREATE TABLE `benchmark_evaluations` (
	`id` text PRIMARY KEY NOT NULL,
	`operation_id` text NOT NULL,
	`run_id` text,
	`benchmark` text NOT NULL,
	`model` text NOT NULL,
	`weights` text NOT NULL,
	`seed` integer NOT NULL,
	`settings` text NOT NULL,
	`items_digest` text,
	`items` integer,
	`state` text NOT NULL,
	`summary` text,
	`error` text,
	`created_at` text NOT NULL,
	`started_at` text,
	`finished_at` text,
	FOREIGN KEY (`operation_id`) REFERENCES `operations`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "benchmark_evaluations_id_prefix" CHECK("benchmark_evaluations"."id" glob 'eval_?*'),
	CONSTRAINT "benchmark_evaluations_state_known" CHECK("benchmark_evaluations"."state" in ('queued', 'running', 'completed', 'failed', 'cancelled')),
	CONSTRAINT "benchmark_evaluations_settings_json" CHECK(json_valid("benchmark_evaluations"."settings") and json_type("benchmark_evaluations"."settings") = 'object'),
	CONSTRAINT "benchmark_evaluations_items_range" CHECK("benchmark_evaluations"."items" >= 0),
	CONSTRAINT "benchmark_evaluations_summary_json" CHECK(json_valid("benchmark_evaluations"."summary") and json_type("benchmark_evaluations"."summary") = 'object'),
	CONSTRAINT "benchmark_evaluations_error_json" CHECK(json_valid("benchmark_evaluations"."error") and json_type("benchmark_evaluations"."error") = 'object'),
	CONSTRAINT "benchmark_evaluations_created_at_time" CHECK("benchmark_evaluations"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z'),
	CONSTRAINT "benchmark_evaluations_ended" CHECK(("benchmark_evaluations"."state" in ('completed', 'failed', 'cancelled')) = ("benchmark_evaluations"."finished_at" is not null))
) STRICT;
--> statement-breakpoint
CREATE INDEX `benchmark_evaluations_operation` ON `benchmark_evaluations` (`operation_id`);--> statement-breakpoint
CREATE INDEX `benchmark_evaluations_run` ON `benchmark_evaluations` (`run_id`,`id`);--> statement-breakpoint
CREATE INDEX `benchmark_evaluations_benchmark` ON `benchmark_evaluations` (`benchmark`,`id`);--> statement-breakpoint
CREATE TABLE `evaluation_results` (
	`evaluation_id` text NOT NULL,
	`position` integer NOT NULL,
	`item_id` text NOT NULL,
	`question` text NOT NULL,
	`reference` text NOT NULL,
	`skill` text NOT NULL,
	`samples` text NOT NULL,
	`greedy` text,
	`majority` text,
	`answers` integer NOT NULL,
	`right` integer NOT NULL,
	`truncated` integer NOT NULL,
	`unparsed` integer NOT NULL,
	`ungraded` integer NOT NULL,
	`disputed` integer NOT NULL,
	PRIMARY KEY(`evaluation_id`, `position`),
	FOREIGN KEY (`evaluation_id`) REFERENCES `benchmark_evaluations`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "evaluation_results_position_range" CHECK("evaluation_results"."position" >= 0),
	CONSTRAINT "evaluation_results_samples_json" CHECK(json_valid("evaluation_results"."samples") and json_type("evaluation_results"."samples") = 'array'),
	CONSTRAINT "evaluation_results_greedy_json" CHECK(json_valid("evaluation_results"."greedy") and json_type("evaluation_results"."greedy") = 'object'),
	CONSTRAINT "evaluation_results_majority_json" CHECK(json_valid("evaluation_results"."majority") and json_type("evaluation_results"."majority") = 'object'),
	CONSTRAINT "evaluation_results_right_range" CHECK("evaluation_results"."right" between 0 and "evaluation_results"."answers")
) STRICT;
--> statement-breakpoint
CREATE TABLE `judge_verdicts` (
	`key` text PRIMARY KEY NOT NULL,
	`equivalent` integer NOT NULL,
	`created_at` text NOT NULL,
	CONSTRAINT "judge_verdicts_key_length" CHECK(length("judge_verdicts"."key") = 64),
	CONSTRAINT "judge_verdicts_equivalent_boolean" CHECK("judge_verdicts"."equivalent" in (0, 1)),
	CONSTRAINT "judge_verdicts_created_at_time" CHECK("judge_verdicts"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_operations` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`run_id` text,
	`resources` text NOT NULL,
	`request` text NOT NULL,
	`result` text,
	`error` text,
	`progress` text,
	`created_at` text NOT NULL,
	`started_at` text,
	`finished_at` text,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "operations_id_prefix" CHECK("__new_operations"."id" glob 'op_?*'),
	CONSTRAINT "operations_kind_known" CHECK("__new_operations"."kind" in ('iterations', 'questions', 'solutions', 'training-step', 'evaluations')),
	CONSTRAINT "operations_state_known" CHECK("__new_operations"."state" in ('queued', 'running', 'completed', 'failed', 'cancelled')),
	CONSTRAINT "operations_resources_json" CHECK(json_valid("__new_operations"."resources") and json_type("__new_operations"."resources") = 'array'),
	CONSTRAINT "operations_request_json" CHECK(json_valid("__new_operations"."request")),
	CONSTRAINT "operations_result_json" CHECK(json_valid("__new_operations"."result")),
	CONSTRAINT "operations_error_json" CHECK(json_valid("__new_operations"."error") and json_type("__new_operations"."error") = 'object'),
	CONSTRAINT "operations_progress_json" CHECK(json_valid("__new_operations"."progress") and json_type("__new_operations"."progress") = 'object'),
	CONSTRAINT "operations_created_at_time" CHECK("__new_operations"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z'),
	CONSTRAINT "operations_ended" CHECK(("__new_operations"."state" in ('completed', 'failed', 'cancelled')) = ("__new_operations"."finished_at" is not null)),
	CONSTRAINT "operations_failure_named" CHECK(("__new_operations"."state" = 'failed') = ("__new_operations"."error" is not null))
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_operations`("id", "kind", "state", "run_id", "resources", "request", "result", "error", "progress", "created_at", "started_at", "finished_at") SELECT "id", "kind", "state", "run_id", "resources", "request", "result", "error", "progress", "created_at", "started_at", "finished_at" FROM `operations`;--> statement-breakpoint
DROP TABLE `operations`;--> statement-breakpoint
ALTER TABLE `__new_operations` RENAME TO `operations`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `operations_run` ON `operations` (`run_id`,`id`);--> statement-breakpoint
CREATE INDEX `operations_unfinished` ON `operations` (`id`) WHERE state in ('queued', 'running');