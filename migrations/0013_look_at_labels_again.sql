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
	`decomposition` text,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`iteration_id`) REFERENCES `iterations`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`rollout_id`) REFERENCES `rollouts`(`id`) ON UPDATE no action ON DELETE set null,
	CONSTRAINT "questions_id_prefix" CHECK("__new_questions"."id" glob 'q_?*'),
	CONSTRAINT "questions_phase_kind_known" CHECK("__new_questions"."phase_kind" in ('evaluate-base', 'challenger', 'pool', 'votes', 'solver', 'evaluate')),
	CONSTRAINT "questions_source_known" CHECK("__new_questions"."source" in ('challenger', 'submitted')),
	CONSTRAINT "questions_state_known" CHECK("__new_questions"."state" in ('proposed', 'malformed', 'duplicate', 'outside-band', 'disputed', 'vetoed', 'unverified', 'kept')),
	CONSTRAINT "questions_share_range" CHECK("__new_questions"."majority_share" between 0 and 1),
	CONSTRAINT "questions_label_correct_boolean" CHECK("__new_questions"."label_correct" between 0 and 1),
	CONSTRAINT "questions_verification_json" CHECK(json_valid("__new_questions"."verification") and json_type("__new_questions"."verification") = 'object'),
	CONSTRAINT "questions_decomposition_json" CHECK(json_valid("__new_questions"."decomposition") and json_type("__new_questions"."decomposition") = 'object'),
	CONSTRAINT "questions_created_at_time" CHECK("__new_questions"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_questions`("id", "run_id", "iteration_id", "phase_kind", "source", "state", "text", "proposed_answer", "rollout_id", "pseudo_label", "majority_share", "label_correct", "created_at", "verification", "decomposition") SELECT "id", "run_id", "iteration_id", "phase_kind", "source", "state", "text", "proposed_answer", "rollout_id", "pseudo_label", "majority_share", "label_correct", "created_at", "verification", NULL FROM `questions`;--> statement-breakpoint
DROP TABLE `questions`;--> statement-breakpoint
ALTER TABLE `__new_questions` RENAME TO `questions`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `questions_run` ON `questions` (`run_id`,`id`);--> statement-breakpoint
CREATE INDEX `questions_run_state` ON `questions` (`run_id`,`state`,`id`);--> statement-breakpoint
CREATE INDEX `questions_iteration` ON `questions` (`iteration_id`,`id`);--> statement-breakpoint
CREATE INDEX `questions_rollout` ON `questions` (`rollout_id`) WHERE rollout_id is not null;--> statement-breakpoint
UPDATE `runs` SET `config` = json_set(`config`,
	'$.challenger.checkedOnly', json('false'),
	'$.solver.questionOrder', 'passes',
	'$.pool.gate.decompositions', 0,
	'$.pool.gate.looksBy', 'solver',
	'$.pool.gate.keepCorrected', json('false'),
	'$.pool.gate.decompositionShare', 0.5
);
