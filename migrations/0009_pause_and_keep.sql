PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_events` (
	`operation_id` text NOT NULL,
	`sequence` integer NOT NULL,
	`type` text NOT NULL,
	`data` text NOT NULL,
	`created_at` text NOT NULL,
	PRIMARY KEY(`operation_id`, `sequence`),
	FOREIGN KEY (`operation_id`) REFERENCES `operations`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "events_sequence_range" CHECK("__new_events"."sequence" >= 1),
	CONSTRAINT "events_type_known" CHECK("__new_events"."type" in ('operation.queued', 'operation.started', 'operation.resumed', 'operation.paused', 'iteration.started', 'phase.started', 'step.completed', 'progress', 'phase.completed', 'iteration.completed', 'operation.completed', 'operation.failed', 'operation.cancelled')),
	CONSTRAINT "events_data_json" CHECK(json_valid("__new_events"."data") and json_type("__new_events"."data") = 'object'),
	CONSTRAINT "events_created_at_time" CHECK("__new_events"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_events`("operation_id", "sequence", "type", "data", "created_at") SELECT "operation_id", "sequence", "type", "data", "created_at" FROM `events`;--> statement-breakpoint
DROP TABLE `events`;--> statement-breakpoint
ALTER TABLE `__new_events` RENAME TO `events`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
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
	CONSTRAINT "operations_kind_known" CHECK("__new_operations"."kind" in ('iterations', 'questions', 'solutions', 'training-step', 'evaluations', 'backup')),
	CONSTRAINT "operations_state_known" CHECK("__new_operations"."state" in ('queued', 'running', 'completed', 'failed', 'cancelled', 'paused')),
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
CREATE INDEX `operations_run` ON `operations` (`run_id`,`id`);--> statement-breakpoint
CREATE INDEX `operations_unfinished` ON `operations` (`id`) WHERE state in ('queued', 'running', 'paused');--> statement-breakpoint
CREATE TABLE `__new_checkpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`run_id` text,
	`iteration_id` text,
	`role` text NOT NULL,
	`model` text NOT NULL,
	`digest` text NOT NULL,
	`policy_version` integer NOT NULL,
	`parents` text NOT NULL,
	`directory` text NOT NULL,
	`bytes` integer NOT NULL,
	`metrics` text NOT NULL,
	`pinned` integer DEFAULT false NOT NULL,
	`pruned_at` text,
	`created_at` text NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "checkpoints_id_prefix" CHECK("__new_checkpoints"."id" glob 'ckpt_?*'),
	CONSTRAINT "checkpoints_role_known" CHECK("__new_checkpoints"."role" in ('challenger', 'solver', 'base')),
	CONSTRAINT "checkpoints_version_range" CHECK("__new_checkpoints"."policy_version" >= 0),
	CONSTRAINT "checkpoints_bytes_range" CHECK("__new_checkpoints"."bytes" >= 0),
	CONSTRAINT "checkpoints_parents_json" CHECK(json_valid("__new_checkpoints"."parents") and json_type("__new_checkpoints"."parents") = 'array'),
	CONSTRAINT "checkpoints_metrics_json" CHECK(json_valid("__new_checkpoints"."metrics") and json_type("__new_checkpoints"."metrics") = 'object'),
	CONSTRAINT "checkpoints_created_at_time" CHECK("__new_checkpoints"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z'),
	CONSTRAINT "checkpoints_pinned_boolean" CHECK("__new_checkpoints"."pinned" in (0, 1)),
	CONSTRAINT "checkpoints_pruned_at_time" CHECK("__new_checkpoints"."pruned_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z'),
	CONSTRAINT "checkpoints_prunable" CHECK("__new_checkpoints"."pruned_at" is null or ("__new_checkpoints"."pinned" = 0 and "__new_checkpoints"."role" <> 'base'))
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_checkpoints`("id", "run_id", "iteration_id", "role", "model", "digest", "policy_version", "parents", "directory", "bytes", "metrics", "pinned", "pruned_at", "created_at") SELECT "id", "run_id", "iteration_id", "role", "model", "digest", "policy_version", "parents", "directory", "bytes", "metrics", 0, NULL, "created_at" FROM `checkpoints`;--> statement-breakpoint
DROP TABLE `checkpoints`;--> statement-breakpoint
ALTER TABLE `__new_checkpoints` RENAME TO `checkpoints`;--> statement-breakpoint
CREATE INDEX `checkpoints_run_role` ON `checkpoints` (`run_id`,`role`,`id`);--> statement-breakpoint
CREATE INDEX `checkpoints_role` ON `checkpoints` (`role`,`id`);--> statement-breakpoint
CREATE INDEX `checkpoints_digest` ON `checkpoints` (`digest`);