"""Where the pages of the three services are, as a browser reaches them."""

from pydantic import Field
from pydantic_settings import BaseSettings


class PageSettings(BaseSettings):
    """The settings that every service with a page has; its own settings inherit them."""

    trainer_page_url: str = Field(
        "",
        validation_alias="TRAINER_PAGE_URL",
        description="Address of the trainer's page as a browser reaches it. Empty: the host "
        "that was asked, at `TRAINER_PAGE_PORT`.",
    )
    trainer_page_port: int = Field(
        8001,
        ge=1,
        le=65535,
        validation_alias="TRAINER_PAGE_PORT",
        description="Its port, where no address is set.",
    )
    inference_page_url: str = Field(
        "",
        validation_alias="INFERENCE_PAGE_URL",
        description="The same of the inference page.",
    )
    inference_page_port: int = Field(
        8002,
        ge=1,
        le=65535,
        validation_alias="INFERENCE_PAGE_PORT",
        description="Its port, where no address is set.",
    )
    metrics_page_url: str = Field(
        "",
        validation_alias="METRICS_PAGE_URL",
        description="The same of the metrics page.",
    )
    metrics_page_port: int = Field(
        8003,
        ge=1,
        le=65535,
        validation_alias="METRICS_PAGE_PORT",
        description="Its port, where no address is set.",
    )

    def page_address(self, service: str, scheme: str, host: str) -> str:
        """Where a browser that asked this host finds the page of a service.

        Args:
            service: `trainer`, `inference` or `metrics`.
            scheme: Of the request.
            host: The host that the browser asked, without port.
        """
        pages = {
            "trainer": (self.trainer_page_url, self.trainer_page_port),
            "inference": (self.inference_page_url, self.inference_page_port),
            "metrics": (self.metrics_page_url, self.metrics_page_port),
        }
        url, port = pages[service]
        return url or f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"
