//! A local Slack: the Web API and Socket Mode that a bot needs, and a page to click on.
