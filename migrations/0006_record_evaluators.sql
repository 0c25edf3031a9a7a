CREATE TABLE `evaluator_calls` (
	`id` text PRIMARY KEY NOT NULL,
	`evaluator_id` text NOT NULL,
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
	CONSTRAINT "evaluator_calls_id_prefix" CHECK("evaluator_calls"."id" glob 'call_?*'),
	CONSTRAINT "evaluator_calls_kind_known" CHECK("evaluator_calls"."kind" in ('grader', 'verifier', 'judge', 'gate')),
	CONSTRAINT "evaluator_calls_body_json" CHECK(json_valid("evaluator_calls"."body")),
	CONSTRAINT "evaluator_calls_attempts_json" CHECK(json_valid("evaluator_calls"."attempts") and json_type("evaluator_calls"."attempts") = 'array'),
	CONSTRAINT "evaluator_calls_verdicts_json" CHECK(json_valid("evaluator_calls"."verdicts") and json_type("evaluator_calls"."verdicts") = 'array'),
	CONSTRAINT "evaluator_calls_error_json" CHECK(json_valid("evaluator_calls"."error") and json_type("evaluator_calls"."error") = 'object'),
	CONSTRAINT "evaluator_calls_created_at_time" CHECK("evaluator_calls"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z'),
	CONSTRAINT "evaluator_calls_finished_at_time" CHECK("evaluator_calls"."finished_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
CREATE INDEX `evaluator_calls_evaluator` ON `evaluator_calls` (`evaluator_id`,`id`);--> statement-breakpoint
CREATE INDEX `evaluator_calls_run` ON `evaluator_calls` (`run_id`,`id`) WHERE run_id is not null;--> statement-breakpoint
CREATE INDEX `evaluator_calls_answered` ON `evaluator_calls` (`digest`) WHERE error is null;--> statement-breakpoint
CREATE TABLE `evaluators` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`url` text NOT NULL,
	`description` text NOT NULL,
	`deadline_ms` integer NOT NULL,
	`batch_size` integer NOT NULL,
	`max_concurrent` integer NOT NULL,
	`attempts` integer NOT NULL,
	`secret` text NOT NULL,
	`created_at` text NOT NULL,
	CONSTRAINT "evaluators_id_prefix" CHECK("evaluators"."id" glob 'evr_?*'),
	CONSTRAINT "evaluators_kind_known" CHECK("evaluators"."kind" in ('grader', 'verifier', 'judge', 'gate')),
	CONSTRAINT "evaluators_deadline_range" CHECK("evaluators"."deadline_ms" >= 1),
	CONSTRAINT "evaluators_batch_size_range" CHECK("evaluators"."batch_size" >= 1),
	CONSTRAINT "evaluators_max_concurrent_range" CHECK("evaluators"."max_concurrent" >= 1),
	CONSTRAINT "evaluators_attempts_range" CHECK("evaluators"."attempts" >= 1),
	CONSTRAINT "evaluators_created_at_time" CHECK("evaluators"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_questions` (
	`id` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`iteration_id` text,
	`phase_kind` text,
	`source` text NOT NULL,
	`state` text NOT NULL,
	`text` text NOT NULL,
	`proposed_answer` text,
	`rollout_id` text,
	`pseudo_label` text,
	`majority_share` real,
	`label_correct` integer,
	`created_at` text NOT NULL,
	`verification` text,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`iteration_id`) REFERENCES `iterations`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`rollout_id`) REFERENCES `rollouts`(`id`) ON UPDATE no action ON DELETE set null,
	CONSTRAINT "questions_id_prefix" CHECK("__new_questions"."id" glob 'q_?*'),
	CONSTRAINT "questions_phase_kind_known" CHECK("__new_questions"."phase_kind" in ('evaluate-base', 'challenger', 'pool', 'votes', 'solver', 'evaluate')),
	CONSTRAINT "questions_source_known" CHECK("__new_questions"."source" in ('challenger', 'submitted')),
	CONSTRAINT "questions_state_known" CHECK("__new_questions"."state" in ('proposed', 'malformed', 'duplicate', 'outside-band', 'vetoed', 'unverified', 'kept')),
	CONSTRAINT "questions_share_range" CHECK("__new_questions"."majority_share" between 0 and 1),
	CONSTRAINT "questions_label_correct_boolean" CHECK("__new_questions"."label_correct" between 0 and 1),
	CONSTRAINT "questions_verification_json" CHECK(json_valid("__new_questions"."verification") and json_type("__new_questions"."verification") = 'object'),
	CONSTRAINT "questions_created_at_time" CHECK("__new_questions"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_questions`("id", "run_id", "iteration_id", "phase_kind", "source", "state", "text", "proposed_answer", "rollout_id", "pseudo_label", "majority_share", "label_correct", "created_at", "verification") SELECT "id", "run_id", "iteration_id", "phase_kind", "source", "state", "text", "proposed_answer", "rollout_id", "pseudo_label", "majority_share", "label_correct", "created_at", NULL FROM `questions`;--> statement-breakpoint
DROP TABLE `questions`;--> statement-breakpoint
ALTER TABLE `__new_questions` RENAME TO `questions`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `questions_run` ON `questions` (`run_id`,`id`);--> statement-breakpoint
CREATE INDEX `questions_run_state` ON `questions` (`run_id`,`state`,`id`);--> statement-breakpoint
CREATE INDEX `questions_iteration` ON `questions` (`iteration_id`,`id`);--> statement-breakpoint
CREATE INDEX `questions_rollout` ON `questions` (`rollout_id`) WHERE rollout_id is not null;--> statement-breakpoint
ALTER TABLE `iterations` ADD `gate` text;--> statement-breakpoint
UPDATE `runs` SET `config` = json_set(`config`, '$.evaluators', json('{"grader":null,"verifier":null,"gate":null,"onError":"fail"}'));
