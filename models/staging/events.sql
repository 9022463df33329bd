/* @model
kind: view
doc: "One row an event that a shop told of, by topic and subject."
key: [connection, event_id, topic, subject_id]
columns:
  subject_id: { doc: Empty where the event names none }
  attempts: { doc: How often it has been delivered so far }
*/
select
  _connection as connection,
  event_id,
  topic,
  subject_id,
  emitted_at,
  received_at,
  acknowledged_at,
  attempts
from raw.storefront_event
where _deleted_at is null
