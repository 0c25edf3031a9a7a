CREATE TABLE `webhook_attempts` (
	`delivery_id` text NOT NULL,
	`number` integer NOT NULL,
	`started_at` text NOT NULL,
	`milliseconds` integer NOT NULL,
	`outcome` text NOT NULL,
	`status` integer,
	`message` text NOT NULL,
	`response` text,
	PRIMARY KEY(`delivery_id`, `number`),
	FOREIGN KEY (`delivery_id`) REFERENCES `webhook_deliveries`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "webhook_attempts_number_range" CHECK("webhook_attempts"."number" >= 1),
	CONSTRAINT "webhook_attempts_milliseconds_range" CHECK("webhook_attempts"."milliseconds" >= 0),
	CONSTRAINT "webhook_attempts_status_range" CHECK("webhook_attempts"."status" between 100 and 999),
	CONSTRAINT "webhook_attempts_started_at_time" CHECK("webhook_attempts"."started_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
CREATE TABLE `webhook_deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`endpoint_id` text NOT NULL,
	`type` text NOT NULL,
	`operation_id` text,
	`body` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`round` integer NOT NULL,
	`next_attempt_at` text,
	`created_at` text NOT NULL,
	`finished_at` text,
	FOREIGN KEY (`endpoint_id`) REFERENCES `webhook_endpoints`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "webhook_deliveries_id_prefix" CHECK("webhook_deliveries"."id" glob 'msg_?*'),
	CONSTRAINT "webhook_deliveries_body_json" CHECK(json_valid("webhook_deliveries"."body")),
	CONSTRAINT "webhook_deliveries_state_known" CHECK("webhook_deliveries"."state" in ('pending', 'delivered', 'failed')),
	CONSTRAINT "webhook_deliveries_attempts_range" CHECK("webhook_deliveries"."attempts" >= 0),
	CONSTRAINT "webhook_deliveries_round_range" CHECK("webhook_deliveries"."round" between 0 and "webhook_deliveries"."attempts"),
	CONSTRAINT "webhook_deliveries_pending_or_ended" CHECK(("webhook_deliveries"."state" = 'pending') = ("webhook_deliveries"."next_attempt_at" is not null)
        and ("webhook_deliveries"."state" = 'pending') = ("webhook_deliveries"."finished_at" is null)),
	CONSTRAINT "webhook_deliveries_next_attempt_at_time" CHECK("webhook_deliveries"."next_attempt_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z'),
	CONSTRAINT "webhook_deliveries_created_at_time" CHECK("webhook_deliveries"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z'),
	CONSTRAINT "webhook_deliveries_finished_at_time" CHECK("webhook_deliveries"."finished_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
CREATE INDEX `webhook_deliveries_endpoint` ON `webhook_deliveries` (`endpoint_id`,`id`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_due` ON `webhook_deliveries` (`endpoint_id`,`next_attempt_at`) WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX `webhook_deliveries_ended` ON `webhook_deliveries` (`finished_at`) WHERE state <> 'pending';--> statement-breakpoint
CREATE TABLE `webhook_endpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`url` text NOT NULL,
	`description` text NOT NULL,
	`events` text NOT NULL,
	`secrets` text NOT NULL,
	`enabled` integer NOT NULL,
	`disabled_reason` text,
	`failing_since` text,
	`created_at` text NOT NULL,
	CONSTRAINT "webhook_endpoints_id_prefix" CHECK("webhook_endpoints"."id" glob 'hook_?*'),
	CONSTRAINT "webhook_endpoints_events_json" CHECK(json_valid("webhook_endpoints"."events") and json_type("webhook_endpoints"."events") = 'array'),
	CONSTRAINT "webhook_endpoints_secrets_json" CHECK(json_valid("webhook_endpoints"."secrets") and json_type("webhook_endpoints"."secrets") = 'array'),
	CONSTRAINT "webhook_endpoints_enabled_boolean" CHECK("webhook_endpoints"."enabled" between 0 and 1),
	CONSTRAINT "webhook_endpoints_reason_given" CHECK("webhook_endpoints"."enabled" = ("webhook_endpoints"."disabled_reason" is null)),
	CONSTRAINT "webhook_endpoints_failing_since_time" CHECK("webhook_endpoints"."failing_since" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z'),
	CONSTRAINT "webhook_endpoints_created_at_time" CHECK("webhook_endpoints"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
