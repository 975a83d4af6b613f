-- Where grains are active that outlive changes of the membership. Rows of nodes that are gone are ignored, and removed by those that stay.
CREATE TABLE agent_sessions_orleans.activations (
    cluster         text NOT NULL,
    grain           text NOT NULL,
    node            text NOT NULL,
    activation      text NOT NULL,
    version         bigint NOT NULL,
    PRIMARY KEY (cluster, grain)
);

CREATE INDEX activations_by_node ON agent_sessions_orleans.activations (cluster, node);
