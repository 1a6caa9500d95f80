"""Static files under names that carry their hash, also where one JavaScript module imports another."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """So a phone keeps each file for ever, and asks again only for what changed."""

    support_js_module_import_aggregation = True
