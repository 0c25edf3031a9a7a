CREATE TABLE `question_kinds` (
	`kind` text NOT NULL,
	`iteration_id` text NOT NULL,
	`questions` integer NOT NULL,
	PRIMARY KEY(`kind`, `iteration_id`),
	FOREIGN KEY (`kind`) REFERENCES `questions`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`iteration_id`) REFERENCES `iterations`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "question_kinds_questions_range" CHECK("question_kinds"."questions" >= 1)
) STRICT;
--> statement-breakpoint
CREATE INDEX `question_kinds_iteration` ON `question_kinds` (`iteration_id`);--> statement-breakpoint
CREATE TABLE `question_memory` (
	`question_id` text NOT NULL,
	`view` text NOT NULL,
	`iteration_id` text NOT NULL,
	`band_0` integer NOT NULL,
	`band_1` integer NOT NULL,
	`band_2` integer NOT NULL,
	`band_3` integer NOT NULL,
	`band_4` integer NOT NULL,
	`band_5` integer NOT NULL,
	`band_6` integer NOT NULL,
	`band_7` integer NOT NULL,
	PRIMARY KEY(`question_id`, `view`),
	FOREIGN KEY (`question_id`) REFERENCES `questions`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`iteration_id`) REFERENCES `iterations`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "question_memory_view_known" CHECK("question_memory"."view" in ('text', 'template'))
) STRICT;
--> statement-breakpoint
CREATE INDEX `question_memory_iteration` ON `question_memory` (`iteration_id`);--> statement-breakpoint
CREATE INDEX `question_memory_band_0` ON `question_memory` (`band_0`);--> statement-breakpoint
CREATE INDEX `question_memory_band_1` ON `question_memory` (`band_1`);--> statement-breakpoint
CREATE INDEX `question_memory_band_2` ON `question_memory` (`band_2`);--> statement-breakpoint
CREATE INDEX `question_memory_band_3` ON `question_memory` (`band_3`);--> statement-breakpoint
CREATE INDEX `question_memory_band_4` ON `question_memory` (`band_4`);--> statement-breakpoint
CREATE INDEX `question_memory_band_5` ON `question_memory` (`band_5`);--> statement-breakpoint
CREATE INDEX `question_memory_band_6` ON `question_memory` (`band_6`);--> statement-breakpoint
CREATE INDEX `question_memory_band_7` ON `question_memory` (`band_7`);--> statement-breakpoint
ALTER TABLE `runs` ADD `best_checkpoint_id` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `stop_reason` text;--> statement-breakpoint
CREATE INDEX `runs_best_checkpoint` ON `runs` (`best_checkpoint_id`);