PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_judge_verdicts` (
	`key` text PRIMARY KEY NOT NULL,
	`equivalent` integer NOT NULL,
	`score` real,
	`reasons` text,
	`created_at` text NOT NULL,
	CONSTRAINT "judge_verdicts_key_length" CHECK(length("__new_judge_verdicts"."key") = 64),
	CONSTRAINT "judge_verdicts_equivalent_boolean" CHECK("__new_judge_verdicts"."equivalent" in (0, 1)),
	CONSTRAINT "judge_verdicts_score_range" CHECK("__new_judge_verdicts"."score" between 0 and 1),
	CONSTRAINT "judge_verdicts_reasons_json" CHECK(json_valid("__new_judge_verdicts"."reasons") and json_type("__new_judge_verdicts"."reasons") = 'array'),
	CONSTRAINT "judge_verdicts_created_at_time" CHECK("__new_judge_verdicts"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_judge_verdicts`("key", "equivalent", "score", "reasons", "created_at") SELECT "key", "equivalent", NULL, NULL, "created_at" FROM `judge_verdicts`;--> statement-breakpoint
DROP TABLE `judge_verdicts`;--> statement-breakpoint
ALTER TABLE `__new_judge_verdicts` RENAME TO `judge_verdicts`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE TABLE `__new_evaluator_calls` (
	`id` text PRIMARY KEY NOT NULL,
	`evaluator_id` text NOT NULL,
	`evaluator_version` integer NOT NULL,
	`kind` text NOT NULL,
	`run_id` text,
	`iteration_id` text,
	`body` text NOT NULL,
	`digest` text NOT NULL,
	`attempts` text NOT NULL,
	`verdicts` text NOT NULL,
	`error` text,
	`created_at` text NOT NULL,
	`finished_at` text NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "evaluator_calls_id_prefix" CHECK("__new_evaluator_calls"."id" glob 'call_?*'),
	CONSTRAINT "evaluator_calls_version_range" CHECK("__new_evaluator_calls"."evaluator_version" >= 1),
	CONSTRAINT "evaluator_calls_kind_known" CHECK("__new_evaluator_calls"."kind" in ('grader', 'verifier', 'judge', 'gate')),
	CONSTRAINT "evaluator_calls_body_json" CHECK(json_valid("__new_evaluator_calls"."body")),
	CONSTRAINT "evaluator_calls_attempts_json" CHECK(json_valid("__new_evaluator_calls"."attempts") and json_type("__new_evaluator_calls"."attempts") = 'array'),
	CONSTRAINT "evaluator_calls_verdicts_json" CHECK(json_valid("__new_evaluator_calls"."verdicts") and json_type("__new_evaluator_calls"."verdicts") = 'array'),
	CONSTRAINT "evaluator_calls_error_json" CHECK(json_valid("__new_evaluator_calls"."error") and json_type("__new_evaluator_calls"."error") = 'object'),
	CONSTRAINT "evaluator_calls_created_at_time" CHECK("__new_evaluator_calls"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z'),
	CONSTRAINT "evaluator_calls_finished_at_time" CHECK("__new_evaluator_calls"."finished_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_evaluator_calls`("id", "evaluator_id", "evaluator_version", "kind", "run_id", "iteration_id", "body", "digest", "attempts", "verdicts", "error", "created_at", "finished_at") SELECT "id", "evaluator_id", 1, "kind", "run_id", "iteration_id", "body", "digest", "attempts", "verdicts", "error", "created_at", "finished_at" FROM `evaluator_calls`;--> statement-breakpoint
DROP TABLE `evaluator_calls`;--> statement-breakpoint
ALTER TABLE `__new_evaluator_calls` RENAME TO `evaluator_calls`;--> statement-breakpoint
CREATE INDEX `evaluator_calls_evaluator` ON `evaluator_calls` (`evaluator_id`,`id`);--> statement-breakpoint
CREATE INDEX `evaluator_calls_run` ON `evaluator_calls` (`run_id`,`id`) WHERE run_id is not null;--> statement-breakpoint
CREATE INDEX `evaluator_calls_answered` ON `evaluator_calls` (`digest`) WHERE error is null;--> statement-breakpoint
CREATE TABLE `__new_evaluators` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`url` text NOT NULL,
	`version` integer NOT NULL,
	`description` text NOT NULL,
	`deadline_ms` integer NOT NULL,
	`batch_size` integer NOT NULL,
	`max_concurrent` integer NOT NULL,
	`attempts` integer NOT NULL,
	`secrets` text NOT NULL,
	`created_at` text NOT NULL,
	CONSTRAINT "evaluators_id_prefix" CHECK("__new_evaluators"."id" glob 'evr_?*'),
	CONSTRAINT "evaluators_kind_known" CHECK("__new_evaluators"."kind" in ('grader', 'verifier', 'judge', 'gate')),
	CONSTRAINT "evaluators_version_range" CHECK("__new_evaluators"."version" >= 1),
	CONSTRAINT "evaluators_secrets_json" CHECK(json_valid("__new_evaluators"."secrets") and json_type("__new_evaluators"."secrets") = 'array'),
	CONSTRAINT "evaluators_deadline_range" CHECK("__new_evaluators"."deadline_ms" >= 1),
	CONSTRAINT "evaluators_batch_size_range" CHECK("__new_evaluators"."batch_size" >= 1),
	CONSTRAINT "evaluators_max_concurrent_range" CHECK("__new_evaluators"."max_concurrent" >= 1),
	CONSTRAINT "evaluators_attempts_range" CHECK("__new_evaluators"."attempts" >= 1),
	CONSTRAINT "evaluators_created_at_time" CHECK("__new_evaluators"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_evaluators`("id", "kind", "url", "version", "description", "deadline_ms", "batch_size", "max_concurrent", "attempts", "secrets", "created_at") SELECT "id", "kind", "url", 1, "description", "deadline_ms", "batch_size", "max_concurrent", "attempts", json_array(json_object('secret', "secret", 'expiresAt', NULL)), "created_at" FROM `evaluators`;--> statement-breakpoint
DROP TABLE `evaluators`;--> statement-breakpoint
ALTER TABLE `__new_evaluators` RENAME TO `evaluators`;--> statement-breakpoint
-- Which model was asked was not recorded: null.
UPDATE `benchmark_evaluations` SET `settings` = json_set(`settings`, '$.judge', json(CASE WHEN json_extract(`settings`, '$.judge') THEN '{"model":null}' ELSE 'null' END));
