CREATE TABLE `bulk_inserts` (
	`id` integer PRIMARY KEY NOT NULL,
	`batch` text NOT NULL,
	`relation` text NOT NULL,
	`row_ids` text NOT NULL,
	CONSTRAINT "bulk_inserts_relation_known" CHECK("bulk_inserts"."relation" in ('questions', 'solutions', 'rollouts', 'evaluations')),
	CONSTRAINT "bulk_inserts_row_ids_json" CHECK(json_valid("bulk_inserts"."row_ids") and json_type("bulk_inserts"."row_ids") = 'array')
) STRICT;
--> statement-breakpoint
CREATE INDEX `bulk_inserts_batch` ON `bulk_inserts` (`batch`);--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`key` text PRIMARY KEY NOT NULL,
	`fingerprint` text NOT NULL,
	`response` text,
	`created_at` text NOT NULL,
	CONSTRAINT "idempotency_keys_key_length" CHECK(length("idempotency_keys"."key") between 1 and 512),
	CONSTRAINT "idempotency_keys_response_json" CHECK(json_valid("idempotency_keys"."response") and json_type("idempotency_keys"."response") = 'object'),
	CONSTRAINT "idempotency_keys_created_at_time" CHECK("idempotency_keys"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
CREATE INDEX `idempotency_keys_created` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
CREATE TABLE `iterations` (
	`id` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`number` integer NOT NULL,
	`state` text NOT NULL,
	`operation_id` text NOT NULL,
	`created_at` text NOT NULL,
	`started_at` text,
	`finished_at` text,
	`seconds` real,
	`challenger_from` text,
	`challenger_to` text,
	`solver_from` text,
	`solver_to` text,
	`metrics` text,
	`error` text,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`operation_id`) REFERENCES `operations`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "iterations_id_prefix" CHECK("iterations"."id" glob 'iter_?*'),
	CONSTRAINT "iterations_number_range" CHECK("iterations"."number" >= 1),
	CONSTRAINT "iterations_state_known" CHECK("iterations"."state" in ('queued', 'running', 'completed', 'failed', 'cancelled')),
	CONSTRAINT "iterations_seconds_range" CHECK("iterations"."seconds" >= 0),
	CONSTRAINT "iterations_metrics_json" CHECK(json_valid("iterations"."metrics") and json_type("iterations"."metrics") = 'object'),
	CONSTRAINT "iterations_error_json" CHECK(json_valid("iterations"."error") and json_type("iterations"."error") = 'object'),
	CONSTRAINT "iterations_created_at_time" CHECK("iterations"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z'),
	CONSTRAINT "iterations_ended" CHECK(("iterations"."state" in ('completed', 'failed', 'cancelled')) = ("iterations"."finished_at" is not null))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `iterations_run_number` ON `iterations` (`run_id`,`number`);--> statement-breakpoint
CREATE INDEX `iterations_run` ON `iterations` (`run_id`,`id`);--> statement-breakpoint
CREATE INDEX `iterations_operation` ON `iterations` (`operation_id`);--> statement-breakpoint
CREATE TABLE `phases` (
	`id` text PRIMARY KEY NOT NULL,
	`iteration_id` text NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`started_at` text NOT NULL,
	`finished_at` text,
	FOREIGN KEY (`iteration_id`) REFERENCES `iterations`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "phases_id_prefix" CHECK("phases"."id" glob 'phase_?*'),
	CONSTRAINT "phases_kind_known" CHECK("phases"."kind" in ('evaluate-base', 'challenger', 'pool', 'votes', 'solver', 'evaluate')),
	CONSTRAINT "phases_state_known" CHECK("phases"."state" in ('queued', 'running', 'completed', 'failed', 'cancelled')),
	CONSTRAINT "phases_started_at_time" CHECK("phases"."started_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z'),
	CONSTRAINT "phases_ended" CHECK(("phases"."state" in ('completed', 'failed', 'cancelled')) = ("phases"."finished_at" is not null))
) STRICT;
--> statement-breakpoint
CREATE INDEX `phases_iteration` ON `phases` (`iteration_id`,`id`);--> statement-breakpoint
CREATE TABLE `steps` (
	`id` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`iteration_id` text,
	`phase_id` text,
	`operation_id` text,
	`role` text NOT NULL,
	`number` integer NOT NULL,
	`policy_version` integer NOT NULL,
	`weights_before` text NOT NULL,
	`weights_after` text NOT NULL,
	`skipped` text,
	`metrics` text NOT NULL,
	`created_at` text NOT NULL,
	`seconds` real NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`iteration_id`) REFERENCES `iterations`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`phase_id`) REFERENCES `phases`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`operation_id`) REFERENCES `operations`(`id`) ON UPDATE no action ON DELETE set null,
	CONSTRAINT "steps_id_prefix" CHECK("steps"."id" glob 'step_?*'),
	CONSTRAINT "steps_role_known" CHECK("steps"."role" in ('challenger', 'solver')),
	CONSTRAINT "steps_number_range" CHECK("steps"."number" >= 1),
	CONSTRAINT "steps_version_range" CHECK("steps"."policy_version" >= 0),
	CONSTRAINT "steps_seconds_range" CHECK("steps"."seconds" >= 0),
	CONSTRAINT "steps_metrics_json" CHECK(json_valid("steps"."metrics") and json_type("steps"."metrics") = 'object'),
	CONSTRAINT "steps_created_at_time" CHECK("steps"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
CREATE INDEX `steps_run` ON `steps` (`run_id`,`id`);--> statement-breakpoint
CREATE INDEX `steps_iteration` ON `steps` (`iteration_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `steps_phase_number` ON `steps` (`phase_id`,`number`);--> statement-breakpoint
CREATE INDEX `steps_operation` ON `steps` (`operation_id`);--> statement-breakpoint
CREATE TABLE `evaluations` (
	`id` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`iteration_id` text,
	`role` text NOT NULL,
	`weights` text NOT NULL,
	`policy_version` integer NOT NULL,
	`item_id` text NOT NULL,
	`question` text NOT NULL,
	`reference` text NOT NULL,
	`skill` text NOT NULL,
	`answers` text NOT NULL,
	`correct` integer NOT NULL,
	`greedy_answer` text,
	`greedy_correct` integer NOT NULL,
	`created_at` text NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`iteration_id`) REFERENCES `iterations`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "evaluations_id_prefix" CHECK("evaluations"."id" glob 'eval_?*'),
	CONSTRAINT "evaluations_role_known" CHECK("evaluations"."role" in ('challenger', 'solver')),
	CONSTRAINT "evaluations_version_range" CHECK("evaluations"."policy_version" >= 0),
	CONSTRAINT "evaluations_answers_json" CHECK(json_valid("evaluations"."answers") and json_type("evaluations"."answers") = 'array'),
	CONSTRAINT "evaluations_correct_range" CHECK("evaluations"."correct" between 0 and json_array_length("evaluations"."answers")),
	CONSTRAINT "evaluations_greedy_boolean" CHECK("evaluations"."greedy_correct" in (0, 1)),
	CONSTRAINT "evaluations_created_at_time" CHECK("evaluations"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
CREATE INDEX `evaluations_run_weights` ON `evaluations` (`run_id`,`weights`,`id`);--> statement-breakpoint
CREATE INDEX `evaluations_iteration` ON `evaluations` (`iteration_id`,`id`) WHERE iteration_id is not null;--> statement-breakpoint
CREATE TABLE `metrics` (
	`id` integer PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`iteration_id` text,
	`step_id` text,
	`name` text NOT NULL,
	`value` real,
	`created_at` text NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`iteration_id`) REFERENCES `iterations`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`step_id`) REFERENCES `steps`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "metrics_name_given" CHECK(length("metrics"."name") > 0),
	CONSTRAINT "metrics_created_at_time" CHECK("metrics"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
CREATE INDEX `metrics_run_name` ON `metrics` (`run_id`,`name`,`id`);--> statement-breakpoint
CREATE INDEX `metrics_iteration` ON `metrics` (`iteration_id`,`id`) WHERE iteration_id is not null;--> statement-breakpoint
CREATE INDEX `metrics_step` ON `metrics` (`step_id`,`id`) WHERE step_id is not null;--> statement-breakpoint
CREATE TABLE `events` (
	`operation_id` text NOT NULL,
	`sequence` integer NOT NULL,
	`type` text NOT NULL,
	`data` text NOT NULL,
	`created_at` text NOT NULL,
	PRIMARY KEY(`operation_id`, `sequence`),
	FOREIGN KEY (`operation_id`) REFERENCES `operations`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "events_sequence_range" CHECK("events"."sequence" >= 1),
	CONSTRAINT "events_type_known" CHECK("events"."type" in ('operation.queued', 'operation.started', 'iteration.started', 'phase.started', 'step.completed', 'progress', 'phase.completed', 'iteration.completed', 'operation.completed', 'operation.failed', 'operation.cancelled')),
	CONSTRAINT "events_data_json" CHECK(json_valid("events"."data") and json_type("events"."data") = 'object'),
	CONSTRAINT "events_created_at_time" CHECK("events"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
CREATE TABLE `operations` (
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
	CONSTRAINT "operations_id_prefix" CHECK("operations"."id" glob 'op_?*'),
	CONSTRAINT "operations_kind_known" CHECK("operations"."kind" in ('iterations', 'questions', 'solutions', 'training-step')),
	CONSTRAINT "operations_state_known" CHECK("operations"."state" in ('queued', 'running', 'completed', 'failed', 'cancelled')),
	CONSTRAINT "operations_resources_json" CHECK(json_valid("operations"."resources") and json_type("operations"."resources") = 'array'),
	CONSTRAINT "operations_request_json" CHECK(json_valid("operations"."request")),
	CONSTRAINT "operations_result_json" CHECK(json_valid("operations"."result")),
	CONSTRAINT "operations_error_json" CHECK(json_valid("operations"."error") and json_type("operations"."error") = 'object'),
	CONSTRAINT "operations_progress_json" CHECK(json_valid("operations"."progress") and json_type("operations"."progress") = 'object'),
	CONSTRAINT "operations_created_at_time" CHECK("operations"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z'),
	CONSTRAINT "operations_ended" CHECK(("operations"."state" in ('completed', 'failed', 'cancelled')) = ("operations"."finished_at" is not null)),
	CONSTRAINT "operations_failure_named" CHECK(("operations"."state" = 'failed') = ("operations"."error" is not null))
) STRICT;
--> statement-breakpoint
CREATE INDEX `operations_run` ON `operations` (`run_id`,`id`);--> statement-breakpoint
CREATE INDEX `operations_unfinished` ON `operations` (`id`) WHERE state in ('queued', 'running');--> statement-breakpoint
CREATE TABLE `questions` (
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
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`iteration_id`) REFERENCES `iterations`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`rollout_id`) REFERENCES `rollouts`(`id`) ON UPDATE no action ON DELETE set null,
	CONSTRAINT "questions_id_prefix" CHECK("questions"."id" glob 'q_?*'),
	CONSTRAINT "questions_phase_kind_known" CHECK("questions"."phase_kind" in ('evaluate-base', 'challenger', 'pool', 'votes', 'solver', 'evaluate')),
	CONSTRAINT "questions_source_known" CHECK("questions"."source" in ('challenger', 'submitted')),
	CONSTRAINT "questions_state_known" CHECK("questions"."state" in ('proposed', 'malformed', 'duplicate', 'outside-band', 'kept')),
	CONSTRAINT "questions_share_range" CHECK("questions"."majority_share" between 0 and 1),
	CONSTRAINT "questions_label_correct_boolean" CHECK("questions"."label_correct" between 0 and 1),
	CONSTRAINT "questions_created_at_time" CHECK("questions"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
CREATE INDEX `questions_run` ON `questions` (`run_id`,`id`);--> statement-breakpoint
CREATE INDEX `questions_run_state` ON `questions` (`run_id`,`state`,`id`);--> statement-breakpoint
CREATE INDEX `questions_iteration` ON `questions` (`iteration_id`,`id`);--> statement-breakpoint
CREATE INDEX `questions_rollout` ON `questions` (`rollout_id`) WHERE rollout_id is not null;--> statement-breakpoint
CREATE TABLE `rollouts` (
	`id` text PRIMARY KEY NOT NULL,
	`context_id` integer NOT NULL,
	`question_id` text,
	`solution_id` text,
	`step_id` text,
	`group_number` integer NOT NULL,
	`sample` integer NOT NULL,
	`seed` integer NOT NULL,
	`text` text NOT NULL,
	`trace` blob NOT NULL,
	`finish_reason` text NOT NULL,
	`answer` text,
	`reward` real,
	`reward_parts` text,
	`advantage` real,
	`created_at` text NOT NULL,
	FOREIGN KEY (`context_id`) REFERENCES `sampling_contexts`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`question_id`) REFERENCES `questions`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`solution_id`) REFERENCES `solutions`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`step_id`) REFERENCES `steps`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "rollouts_id_prefix" CHECK("rollouts"."id" glob 'roll_?*'),
	CONSTRAINT "rollouts_group_range" CHECK("rollouts"."group_number" >= 0),
	CONSTRAINT "rollouts_sample_range" CHECK("rollouts"."sample" >= 0),
	CONSTRAINT "rollouts_seed_range" CHECK("rollouts"."seed" between 0 and 4294967295),
	CONSTRAINT "rollouts_finish_reason_known" CHECK("rollouts"."finish_reason" in ('stop', 'length')),
	CONSTRAINT "rollouts_reward_parts_json" CHECK(json_valid("rollouts"."reward_parts") and json_type("rollouts"."reward_parts") = 'object'),
	CONSTRAINT "rollouts_created_at_time" CHECK("rollouts"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
CREATE INDEX `rollouts_context` ON `rollouts` (`context_id`);--> statement-breakpoint
CREATE INDEX `rollouts_question` ON `rollouts` (`question_id`) WHERE question_id is not null;--> statement-breakpoint
CREATE INDEX `rollouts_solution` ON `rollouts` (`solution_id`) WHERE solution_id is not null;--> statement-breakpoint
CREATE INDEX `rollouts_step` ON `rollouts` (`step_id`) WHERE step_id is not null;--> statement-breakpoint
CREATE TABLE `sampling_contexts` (
	`id` integer PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`role` text NOT NULL,
	`weights` text NOT NULL,
	`policy_version` integer NOT NULL,
	`temperature` real NOT NULL,
	`prompt` text NOT NULL,
	`prompt_token_ids` blob NOT NULL,
	`digest` blob NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "sampling_contexts_role_known" CHECK("sampling_contexts"."role" in ('challenger', 'solver')),
	CONSTRAINT "sampling_contexts_temperature_range" CHECK("sampling_contexts"."temperature" >= 0),
	CONSTRAINT "sampling_contexts_version_range" CHECK("sampling_contexts"."policy_version" >= 0),
	CONSTRAINT "sampling_contexts_digest_length" CHECK(length("sampling_contexts"."digest") = 32)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `sampling_contexts_digest` ON `sampling_contexts` (`run_id`,`digest`);--> statement-breakpoint
CREATE TABLE `solutions` (
	`id` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`question_id` text NOT NULL,
	`samples` integer NOT NULL,
	`without_answer` integer NOT NULL,
	`groups` text NOT NULL,
	`pseudo_label` text,
	`majority_share` real NOT NULL,
	`weights` text NOT NULL,
	`policy_version` integer NOT NULL,
	`created_at` text NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`question_id`) REFERENCES `questions`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "solutions_id_prefix" CHECK("solutions"."id" glob 'sol_?*'),
	CONSTRAINT "solutions_samples_range" CHECK("solutions"."samples" >= 1),
	CONSTRAINT "solutions_without_answer_range" CHECK("solutions"."without_answer" between 0 and "solutions"."samples"),
	CONSTRAINT "solutions_groups_json" CHECK(json_valid("solutions"."groups") and json_type("solutions"."groups") = 'array'),
	CONSTRAINT "solutions_share_range" CHECK("solutions"."majority_share" between 0 and 1),
	CONSTRAINT "solutions_version_range" CHECK("solutions"."policy_version" >= 0),
	CONSTRAINT "solutions_created_at_time" CHECK("solutions"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
CREATE INDEX `solutions_run` ON `solutions` (`run_id`,`id`);--> statement-breakpoint
CREATE INDEX `solutions_question` ON `solutions` (`question_id`,`id`);--> statement-breakpoint
CREATE TABLE `checkpoints` (
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
	`created_at` text NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "checkpoints_id_prefix" CHECK("checkpoints"."id" glob 'ckpt_?*'),
	CONSTRAINT "checkpoints_role_known" CHECK("checkpoints"."role" in ('challenger', 'solver', 'base')),
	CONSTRAINT "checkpoints_version_range" CHECK("checkpoints"."policy_version" >= 0),
	CONSTRAINT "checkpoints_bytes_range" CHECK("checkpoints"."bytes" >= 0),
	CONSTRAINT "checkpoints_parents_json" CHECK(json_valid("checkpoints"."parents") and json_type("checkpoints"."parents") = 'array'),
	CONSTRAINT "checkpoints_metrics_json" CHECK(json_valid("checkpoints"."metrics") and json_type("checkpoints"."metrics") = 'object'),
	CONSTRAINT "checkpoints_created_at_time" CHECK("checkpoints"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
CREATE INDEX `checkpoints_run_role` ON `checkpoints` (`run_id`,`role`,`id`);--> statement-breakpoint
CREATE INDEX `checkpoints_role` ON `checkpoints` (`role`,`id`);--> statement-breakpoint
CREATE INDEX `checkpoints_digest` ON `checkpoints` (`digest`);--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`created_at` text NOT NULL,
	`model` text NOT NULL,
	`domain` text NOT NULL,
	`preset` text NOT NULL,
	`seed` integer NOT NULL,
	`labels` text NOT NULL,
	`config` text NOT NULL,
	`challenger_checkpoint_id` text NOT NULL,
	`solver_checkpoint_id` text NOT NULL,
	`base_evaluation` text,
	`deleted_at` text,
	FOREIGN KEY (`challenger_checkpoint_id`) REFERENCES `checkpoints`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`solver_checkpoint_id`) REFERENCES `checkpoints`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "runs_id_prefix" CHECK("runs"."id" glob 'run_?*'),
	CONSTRAINT "runs_created_at_time" CHECK("runs"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z'),
	CONSTRAINT "runs_labels_json" CHECK(json_valid("runs"."labels") and json_type("runs"."labels") = 'object'),
	CONSTRAINT "runs_config_json" CHECK(json_valid("runs"."config") and json_type("runs"."config") = 'object'),
	CONSTRAINT "runs_base_evaluation_json" CHECK(json_valid("runs"."base_evaluation") and json_type("runs"."base_evaluation") = 'object')
) STRICT;
--> statement-breakpoint
CREATE INDEX `runs_challenger_checkpoint` ON `runs` (`challenger_checkpoint_id`);--> statement-breakpoint
CREATE INDEX `runs_solver_checkpoint` ON `runs` (`solver_checkpoint_id`);