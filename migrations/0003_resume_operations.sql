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
	CONSTRAINT "events_type_known" CHECK("__new_events"."type" in ('operation.queued', 'operation.started', 'operation.resumed', 'iteration.started', 'phase.started', 'step.completed', 'progress', 'phase.completed', 'iteration.completed', 'operation.completed', 'operation.failed', 'operation.cancelled')),
	CONSTRAINT "events_data_json" CHECK(json_valid("__new_events"."data") and json_type("__new_events"."data") = 'object'),
	CONSTRAINT "events_created_at_time" CHECK("__new_events"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_events`("operation_id", "sequence", "type", "data", "created_at") SELECT "operation_id", "sequence", "type", "data", "created_at" FROM `events`;--> statement-breakpoint
DROP TABLE `events`;--> statement-breakpoint
ALTER TABLE `__new_events` RENAME TO `events`;--> statement-breakpoint
PRAGMA foreign_keys=ON;